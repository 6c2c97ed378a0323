import { setTimeout as sleep } from 'node:timers/promises';

import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';

const TTL = 1_000;
const ROUNDS = 5;

const redis = sharedRedis();
const { random, seed } = seededRandom();
let holder: Program;

beforeAll(() => {
  process.stdout.write(`a4-stalled.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
});

beforeEach(async () => {
  holder = new Program('stopped-holder.mjs', { REDIS_URL: redis().url });
  await holder.next();
});

afterEach(closeLinked);
afterEach(killPrograms);

const told = (what: string) => (message: Record<string, any>) => what in message;

/** Lets the holder take the lock, and keeps its thread busy for `stall` ms at a random moment. */
async function enter(ask: string, stall: number, rest = 0): Promise<void> {
  holder.send({ key: 'busy', ask, stall, rest, options: { ttl: TTL } });
  await holder.next(told('inside'));
  await sleep(random() * TTL);
  holder.send({ go: true });
}

/** @returns what the holder saw right behind its stall, and what became of its call */
async function leave(): Promise<{ seen: Record<string, any>; ended: Record<string, any> }> {
  const seen = await holder.next(told('after'));
  await holder.next(told('write'));
  holder.send({ written: true });
  return { seen, ended: await holder.next(told('ended')) };
}

async function expectNothingLeft(): Promise<void> {
  holder.send({ close: true });
  expect(await holder.ended).toMatchObject({ code: 0, stderr: '' });
  expect(await keysLeft(redis())).toEqual([]);
}

test('A4: a holder whose event loop stalls for half of its ttl loses nothing, whenever that is', async () => {
  const contender = await directLocker(redis());
  for (let n = 0; n < ROUNDS; n++) {
    let isOver = false;
    // It works on for longer than its ttl: an extension that the stall has spoilt would be noticed.
    await enter('held', TTL / 2, TTL * 1.2);
    const others = (async () => {
      let [tries, grants] = [0, 0];
      for (; !isOver; tries++) {
        const lock = await contender.tryAcquire('busy');
        if (lock !== null && !isOver) grants++;
        await lock?.release();
        await sleep(20);
      }
      return { tries, grants };
    })();
    const seen = await holder.next(told('after'));
    await holder.next(told('write'));
    isOver = true;
    holder.send({ written: true });
    expect(seen).toMatchObject({ first: true, held: true, aborted: false });
    expect(await holder.next(told('ended'))).toMatchObject({ result: { heldAtEnd: true } });
    const { tries, grants } = await others;
    expect(grants).toBe(0);
    expect(tries).toBeGreaterThan(10);
  }
  await expectNothingLeft();
});

test.each([
  ['assertHeld throws', 'assertHeld', { first: 'LockLostError', reason: 'expired' }],
  ['held is false', 'held', { first: false, remaining: 0 }],
  ['the signal aborts a turn later', 'signal', { first: true, reason: 'expired' }],
])(
  'A4 S1 S3 S5 S7: right behind a stall of three ttls %s, and the call rejects',
  async (_what, ask, first) => {
    const contender = await directLocker(redis());
    for (let n = 0; n < 2; n++) {
      await enter(ask, 3 * TTL);
      const stalled = now();
      const lock = await contender.acquire('busy', { timeout: 3 * TTL });
      expect(now() - stalled).toBeLessThan(2 * TTL);
      const { seen, ended } = await leave();
      expect(seen).toMatchObject({ ...first, held: false, aborted: true });
      expect(ended).toMatchObject({ error: { name: 'LockLostError', code: 'LOCK_LOST', reason: 'expired' } });
      lock.assertHeld();
      expect(await lock.release()).toBe('released');
    }
    await expectNothingLeft();
  },
);
