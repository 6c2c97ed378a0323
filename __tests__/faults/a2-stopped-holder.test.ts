import { setTimeout as sleep } from 'node:timers/promises';

import type { Locker } from '../../src/index.js';
import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { FencedStore } from '../support/fenced-store.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';

const TTL = 500;
const ROUNDS = 3;

const redis = sharedRedis();
const { random, seed } = seededRandom();

beforeAll(() => {
  process.stdout.write(`a2-stopped-holder.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
});

afterEach(closeLinked);
afterEach(killPrograms);

async function startHolder(): Promise<Program> {
  const holder = new Program('stopped-holder.mjs', { REDIS_URL: redis().url });
  await holder.next();
  return holder;
}

async function endHolder(holder: Program): Promise<void> {
  holder.send({ close: true });
  expect(await holder.ended).toMatchObject({ code: 0, stderr: '' });
}

const told = (what: string) => (message: Record<string, any>) => what in message;

interface Round {
  readonly store: FencedStore;
  /** What the holder saw first when it went on. */
  readonly seen: Record<string, any>;
  /** Whether the resource took its late write. */
  readonly written: boolean;
  /** What became of its call. */
  readonly ended: Record<string, any>;
}

/** Stops a holder for three ttls, in which another process takes the lock and writes, and lets it go on. */
async function round(
  holder: Program,
  successor: Locker,
  { key, ask, checks }: { key: string; ask: string; checks: boolean },
): Promise<Round> {
  const store = new FencedStore(checks);
  holder.send({ key, ask, options: { ttl: TTL } });
  const inside = await holder.next(told('inside'));
  const fence = inside['fencingToken'] as number;
  expect(store.write('before', fence)).toBe(true);
  await sleep(random() * TTL);

  holder.kill('SIGSTOP');
  const stoppedAt = now();
  const lock = await successor.acquire(key, { timeout: 4 * TTL, ttl: 20_000 });
  expect(lock.fencingToken).toBeGreaterThan(fence);
  expect(store.write('successor', lock.fencingToken)).toBe(true);
  const value = await redis().command('GET', `lock:${key}`);
  await sleep(stoppedAt + 3 * TTL - now());

  holder.kill('SIGCONT');
  const seen = await holder.next(told('after'));
  await holder.next(told('write'));
  const written = store.write('late', fence);
  holder.send({ written });
  const ended = await holder.next(told('ended'));
  // Its release has changed nothing for the successor.
  expect(await redis().command('GET', `lock:${key}`)).toBe(value);
  lock.assertHeld();
  expect(await lock.release()).toBe('released');
  return { store, seen, written, ended };
}

/** What a holder does first when it goes on, and what it sees. */
const asks = [
  { ask: 'assertHeld', first: { first: 'LockLostError', reason: 'expired' } },
  { ask: 'held', first: { first: false, remaining: 0 } },
  // It waits for a timer of the same turn.
  { ask: 'signal', first: { first: true, reason: 'expired' } },
];

test('A2 S2 S3 S4 S5 S7: a holder that was stopped for three ttls sees at once that it has lost the lock, its late write is refused, and its call rejects', async () => {
  const successor = await directLocker(redis());
  await Promise.all(
    asks.map(async ({ ask, first }) => {
      const holder = await startHolder();
      for (let n = 0; n < ROUNDS; n++) {
        const { store, seen, written, ended } = await round(holder, successor, {
          key: ask,
          ask,
          checks: true,
        });
        expect(seen).toMatchObject({ ...first, held: false, aborted: true });
        expect(ended).toMatchObject({
          error: { name: 'LockLostError', code: 'LOCK_LOST', reason: 'expired' },
        });
        expect(written).toBe(false);
        expect(store.value).toBe('successor');
        // Without an attempt that was refused, this has tested nothing.
        expect(store.refused).toHaveLength(1);
      }
      await endHolder(holder);
    }),
  );
  expect(await keysLeft(redis())).toEqual([]);
});

test('A2 S2: a resource that does not check fencing tokens is overwritten by the same holder', async () => {
  const successor = await directLocker(redis());
  const holder = await startHolder();
  const { store, written } = await round(holder, successor, { key: 'open', ask: 'nothing', checks: false });
  expect({ written, value: store.value }).toEqual({ written: true, value: 'late' });
  await endHolder(holder);
});
