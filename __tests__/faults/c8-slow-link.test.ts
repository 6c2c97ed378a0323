import { setTimeout as sleep } from 'node:timers/promises';

import type { Locker } from '../../src/index.js';
import { seededRandom } from '../programs/random.js';
import { delay, pass, slow } from '../support/fault-proxy.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, LATE, linkedLocker, settled } from '../support/linked.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';

const redis = sharedRedis();
const { random, seed } = seededRandom();
const lag = delay(200, 100);
let direct: Locker;

beforeAll(() => {
  process.stdout.write(`c8-slow-link.test.ts: jitter from LATCHKEY_SEED=${seed}\n`);
});

beforeEach(async () => {
  direct = await directLocker(redis());
});

afterEach(closeLinked);

const linked = (options?: object) => linkedLocker(redis(), options, random);

/** Runs sections of all lockers on one key. @returns how long each call took, in ms */
async function contend(lockers: readonly Locker[], rounds: number, timeout: number): Promise<number[]> {
  let inside = 0;
  let overlaps = 0;
  let last = 0;
  const section = async (lock: { fencingToken: number; assertHeld(): void }): Promise<void> => {
    if (inside++ > 0) overlaps++;
    expect(lock.fencingToken).toBeGreaterThan(last);
    last = lock.fencingToken;
    await sleep(random() * 20);
    lock.assertHeld();
    inside--;
  };
  const took = await Promise.all(
    lockers.map(async (locker) => {
      const times: number[] = [];
      for (let n = 0; n < rounds; n++) {
        const { ms, error } = await settled(() => locker.withLock('far', section, { timeout }));
        expect(error).toBeUndefined();
        times.push(ms);
      }
      return times;
    }),
  );
  expect(overlaps).toBe(0);
  return took.flat();
}

test('C8 S1 S2 L1: links of 200 ms ± 100 ms and one without delay share a lock, one at a time', async () => {
  const links = await Promise.all([linked(), linked(), linked()]);
  for (const { proxy } of links) proxy.set({ toServer: lag, toClient: lag });
  const took = await contend([...links.map(({ locker }) => locker), direct], 3, 20_000);
  process.stdout.write(
    `c8-slow-link.test.ts: slowest of ${took.length} calls ${Math.max(...took).toFixed(0)} ms\n`,
  );
  expect(took).toHaveLength(12);
  await closeLinked();
  expect(await keysLeft(redis())).toEqual([]);
});

test('C8 L1: a wait over such a link ends in time, whatever is under way', async () => {
  const held = await direct.acquire('taken');
  await Promise.all(
    Array.from({ length: 20 }, async () => {
      const { locker, proxy } = await linked();
      proxy.set({ toServer: lag, toClient: lag });
      const timeout = Math.round(100 + random() * 1_000);
      const { ms, error } = await settled(() => locker.withLock('taken', () => 'ran', { timeout }));
      // Before the first reply nobody has said that the lock is taken.
      expect(['LOCK_TIMEOUT', 'LOCK_BACKEND']).toContain((error as { code?: string }).code);
      expect(ms).toBeGreaterThanOrEqual(timeout);
      expect(ms).toBeLessThanOrEqual(timeout + LATE);
    }),
  );
  expect(await held.release()).toBe('released');
});

test('C8 S6: a grant that comes with too little of its lease left is given back, and the body does not run', async () => {
  await Promise.all(
    Array.from({ length: 10 }, async (_, i) => {
      const key = `late-${i}`;
      const { locker, proxy } = await linked({ ttl: 600, commandTimeout: 2_000 });
      proxy.set({ toServer: delay(200, 20), toClient: delay(200, 20) });
      let ran = false;
      const { ms, error } = await settled(() => locker.withLock(key, () => (ran = true), { timeout: 1_500 }));
      expect(error).toMatchObject({ code: 'LOCK_BACKEND', reason: 'TOO_SLOW', retryable: true });
      expect(ms).toBeLessThanOrEqual(1_500 + LATE);
      expect(ran).toBe(false);
      // Its own releases follow, and free the lock before its ttl would; the last attempt is one more round trip.
      await direct.withLock(key, () => undefined, { timeout: 1_000 + LATE });
    }),
  );
});

test('C8 L1 R1: over a link on which bytes trickle, a call ends in time, and nothing is left when all bytes are through', async () => {
  const { locker, proxy } = await linked();
  proxy.set({ toServer: slow(1, 10), toClient: slow(1, 10) });
  let ran = false;
  const { ms, error } = await settled(() =>
    locker.withLock('trickle', () => (ran = true), { timeout: 3_000 }),
  );
  expect(error).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NO_REPLY', ownership: 'unknown' });
  expect(ms).toBeLessThanOrEqual(3_000 + LATE);
  expect(ran).toBe(false);

  // Everything that has piled up arrives at once: attempts first, and what takes them back behind them.
  proxy.set({ toServer: pass, toClient: pass });
  await locker.close();
  await eventually(() => keysLeft(redis()).then((keys) => keys.join()), '', LATE);
});

test('C8 S1: over a link with some hundred bytes a second more than that, calls are granted', async () => {
  const { locker, proxy } = await linked();
  proxy.set({ toServer: slow(16, 10), toClient: slow(16, 10) });
  const took = await contend([locker, direct], 3, 20_000);
  process.stdout.write(
    `c8-slow-link.test.ts: slowest of ${took.length} calls ${Math.max(...took).toFixed(0)} ms\n`,
  );
  expect(took).toHaveLength(6);
});
