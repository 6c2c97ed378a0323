import { setTimeout as sleep } from 'node:timers/promises';

import type { Locker } from '../../src/index.js';
import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, LATE } from '../support/linked.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { stopwatches } from '../support/standstill.js';

const WAITERS = 4;
const ROUNDS = 4;
const TIMEOUT = 500;

const redis = sharedRedis();
const stopwatch = stopwatches();
const { random, seed } = seededRandom();

afterEach(closeLinked);
afterEach(killPrograms);

/** What of the lock `key` is on the server, but its fence. */
async function left(key: string): Promise<string> {
  return (await keysLeft(redis())).filter((name) => name.includes(`lock:${key}`)).join();
}

/**
 * Stops a waiter for longer than its timeout, and frees the lock meanwhile.
 *
 * @returns for how long the lock was there after the waiter had gone on, in ms
 */
async function round(waiter: Program, holder: Locker, key: string): Promise<number> {
  const held = await holder.acquire(key);
  const result = waiter.ask('withLock', { key, options: { timeout: TIMEOUT } });
  await waiter.next((message) => message['event'] === 'waiting');
  // Its timeout counts from when it was asked, which on a busy machine is some time behind the question.
  const over = now() + TIMEOUT;
  await sleep(random() * (TIMEOUT - 150));
  waiter.kill('SIGSTOP');
  // The signal has arrived by then, and what the waiter had sent before it.
  await sleep(20);
  expect(await held.release()).toBe('released');
  await sleep(over + random() * TIMEOUT - now());

  waiter.kill('SIGCONT');
  const took = stopwatch();
  const { ran, error } = await result;
  expect(ran).toBe(false);
  expect(error).toMatchObject({ code: 'LOCK_TIMEOUT', key });
  expect(took()).toBeLessThanOrEqual(LATE);
  await eventually(() => left(key), '');
  return took();
}

test('A3 S6 L1 R1: the body of a waiter that was stopped past its timeout never starts, and its lock is free at once', async () => {
  process.stdout.write(`a3-stopped-waiter.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
  const holder = await directLocker(redis());
  const free = await Promise.all(
    Array.from({ length: WAITERS }, async (_, i) => {
      const waiter = new Program('lock-client.mjs', { REDIS_URL: redis().url });
      await waiter.next();
      const times: number[] = [];
      for (let n = 0; n < ROUNDS; n++) times.push(await round(waiter, holder, `waited-${i}`));
      await waiter.ask('close');
      expect(await waiter.ended).toMatchObject({ code: 0, stderr: '' });
      return times;
    }),
  );
  const slowest = Math.max(...free.flat());
  process.stdout.write(
    `a3-stopped-waiter.test.ts: free ${slowest.toFixed(0)} ms after it went on at the latest\n`,
  );
  // Much less than the ttl of 20 s, which an orphan would have.
  expect(slowest).toBeLessThanOrEqual(LATE);
  expect(await keysLeft(redis())).toEqual([]);
});
