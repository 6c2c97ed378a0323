import { setTimeout as sleep } from 'node:timers/promises';

import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';

/** Long enough that what is left of it after half of it is more than a busy machine takes away. */
const TTL = 1_000;
/** A loss needs no such room. */
const SHORT = 500;
const ROUNDS = 3;

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

/** Lets the holder take the lock, and keeps its thread busy for `stall` ms, beginning after `after` ms. */
async function enter(command: object, after: number): Promise<void> {
  holder.send({ key: 'busy', ...command });
  await holder.next(told('inside'));
  await sleep(after);
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
    // At all phases of an extension, of which there is one in each third. And it works on for a whole ttl: if the stall
    // had spoilt an extension, that would be noticed.
    const after = ((n + random()) / ROUNDS) * (TTL / 3);
    await enter({ ask: 'held', stall: TTL / 2, rest: TTL, options: { ttl: TTL } }, after);
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
    await enter({ ask, stall: 3 * SHORT, options: { ttl: SHORT } }, random() * SHORT);
    const stalled = now();
    // While the holder stands still, and so before it could be told.
    const lock = await contender.acquire('busy', { timeout: 3 * SHORT });
    expect(now() - stalled).toBeLessThan(2 * SHORT);
    const { seen, ended } = await leave();
    expect(seen).toMatchObject({ ...first, held: false, aborted: true });
    expect(ended).toMatchObject({ error: { name: 'LockLostError', code: 'LOCK_LOST', reason: 'expired' } });
    lock.assertHeld();
    expect(await lock.release()).toBe('released');
    await expectNothingLeft();
  },
);
