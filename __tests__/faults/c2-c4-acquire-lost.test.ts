import { setTimeout as sleep } from 'node:timers/promises';

import type { LockBackendError, Locker } from '../../src/index.js';
import { seededRandom } from '../programs/random.js';
import { swallow } from '../support/fault-proxy.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, LATE, linkedLocker, settled } from '../support/linked.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { calls } from '../support/script-calls.js';

const TRIALS = 20;
const TIMEOUT = 1_500;
const COMMAND = 1_000;
const isAcquire = calls('acquire');

const redis = sharedRedis();
const { random, seed } = seededRandom();
let direct: Locker;

beforeAll(() => {
  process.stdout.write(`c2-c4-acquire-lost.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
});

beforeEach(async () => {
  direct = await directLocker(redis());
});

afterEach(closeLinked);

/** Many trials side by side, each with a key and a link of its own. */
function trials<Value>(trial: (key: string) => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: TRIALS }, (_, i) => trial(`lost-${i}`)));
}

const linked = (options?: object) =>
  linkedLocker(redis(), { timeout: TIMEOUT, commandTimeout: COMMAND, ...options });

const isThere = async (key: string): Promise<boolean> =>
  (await redis().command('GET', `lock:${key}`)) !== null;

/** It ended in time, nothing has run, and the caller knows that the lock may have been taken. */
function expectUnknown({ ms, error }: { ms: number; error?: unknown }, timeout: number): void {
  expect(error).toMatchObject({
    name: 'LockBackendError',
    code: 'LOCK_BACKEND',
    retryable: true,
    ownership: 'unknown',
  });
  expect((error as LockBackendError).unknownUntil).toBeLessThanOrEqual(Date.now() + 20_000);
  expect(ms).toBeLessThanOrEqual(timeout + LATE);
}

test('C2 S6 L1: a lock whose grant is never heard is taken back as soon as requests get through', async () => {
  await trials(async (key) => {
    const { locker, proxy } = await linked({ commandTimeout: 500 });
    proxy.onRequest = (bytes, link) => {
      if (isAcquire(bytes)) link.set({ toClient: swallow });
    };
    let ran = false;
    const call = settled(() => locker.withLock(key, () => (ran = true)));
    await eventually(() => isThere(key), true);
    expectUnknown(await call, TIMEOUT);
    const start = performance.now();
    await eventually(() => isThere(key), false);
    expect(performance.now() - start).toBeLessThanOrEqual(2 * 500 + LATE);
    expect(ran).toBe(false);
  });
  expect(await keysLeft(redis())).toEqual([]);
});

test('C2 S6 L1: behind a link that is dead both ways, it is taken back within two command timeouts after the link is back', async () => {
  const late = await trials(async (key) => {
    const { locker, proxy } = await linked();
    proxy.onReply = (_bytes, link) => link.set({ toServer: swallow, toClient: swallow });
    let ran = false;
    expectUnknown(await settled(() => locker.withLock(key, () => (ran = true))), TIMEOUT);
    expect(await isThere(key)).toBe(true);
    const next = direct.acquire(key, { timeout: 20_000 });
    await sleep(random() * 2 * COMMAND);

    const start = performance.now();
    proxy.heal();
    await (await next).release();
    expect(ran).toBe(false);
    return performance.now() - start;
  });
  process.stdout.write(
    `c2-c4-acquire-lost.test.ts: granted to the next one ${Math.max(...late).toFixed(0)} ms after the link was back at the latest\n`,
  );
  expect(late.filter((ms) => ms > 2 * COMMAND + LATE)).toEqual([]);
  expect(await keysLeft(redis())).toEqual([]);
});

test('C2 L1 L3: behind a link that stays dead, the next one has it when its ttl is over', async () => {
  const TTL = 2_000;
  const late = await trials(async (key) => {
    const { locker, proxy } = await linked({ ttl: TTL });
    proxy.onReply = (_bytes, link) => link.set({ toServer: swallow, toClient: swallow });
    const call = settled(() => locker.tryAcquire(key));
    await eventually(() => isThere(key), true);
    const ttlLeft = Number(await redis().command('PTTL', `lock:${key}`));
    const start = performance.now();
    const next = await direct.acquire(key, { timeout: 20_000 });
    const took = performance.now() - start;
    await next.release();
    expectUnknown(await call, COMMAND);
    return took - ttlLeft;
  });
  process.stdout.write(
    `c2-c4-acquire-lost.test.ts: granted ${Math.max(...late).toFixed(0)} ms after the expiry at the latest\n`,
  );
  expect(late.filter((ms) => ms > 100)).toEqual([]);
});

/** Cuts the link in place of the first reply to an acquire, after `bytes` bytes of it. */
function cutFirstGrant({ proxy }: Awaited<ReturnType<typeof linked>>, bytes: number): void {
  let asked = false;
  proxy.onRequest = (request) => (asked ||= isAcquire(request));
  proxy.onReply = (reply, link) => {
    if (!asked) return;
    proxy.onRequest = proxy.onReply = undefined;
    link.set({ toClient: swallow });
    link.inject(reply.subarray(0, bytes));
    // What was written before it has been read by then.
    setTimeout(() => link.cut(), 20);
  };
}

test.each([
  ['the whole reply', 0],
  ['all but the first two bytes of the reply', 2],
  ['all but the first ten bytes of the reply', 10],
])(
  'C3 S2 S6: with %s lost and the link cut, the call is granted once, before anybody else',
  async (_what, bytes) => {
    const waits = await trials(async (key) => {
      const link = await linked({ timeout: 5_000 });
      cutFirstGrant(link, bytes);
      const order: string[] = [];
      const fences: number[] = [];
      const ours = settled(() =>
        link.locker.withLock(key, async ({ fencingToken }) => {
          order.push('ours');
          fences.push(fencingToken);
          await sleep(20);
          order.push('ended');
        }),
      );
      await eventually(() => isThere(key), true);
      await direct.withLock(
        key,
        ({ fencingToken }) => {
          order.push('theirs');
          fences.push(fencingToken);
        },
        { timeout: 20_000 },
      );
      const { ms, error } = await ours;
      expect(error).toBeUndefined();
      expect(order).toEqual(['ours', 'ended', 'theirs']);
      expect(fences[1]).toBeGreaterThan(fences[0]!);
      return ms;
    });
    process.stdout.write(
      `c2-c4-acquire-lost.test.ts: cut, and done after ${Math.max(...waits).toFixed(0)} ms\n`,
    );
    expect(await keysLeft(redis())).toEqual([]);
  },
);

test('C4 L1 L5: requests that never arrive end in time, and leave nothing; when the link is back all is well', async () => {
  const again = await trials(async (key) => {
    const { locker, proxy } = await linked({ commandTimeout: 100 + Math.floor(random() * 400) });
    proxy.set({ toServer: swallow });
    let ran = false;
    expectUnknown(await settled(() => locker.withLock(key, () => (ran = true))), TIMEOUT);
    expect(ran).toBe(false);
    expect(await isThere(key)).toBe(false);

    proxy.heal();
    const { ms, value } = await settled(() => locker.withLock(key, () => 'done'));
    expect(value).toBe('done');
    return ms;
  });
  process.stdout.write(
    `c2-c4-acquire-lost.test.ts: healed, and done after ${Math.max(...again).toFixed(0)} ms at the latest\n`,
  );
  await closeLinked();
  expect(await keysLeft(redis())).toEqual([]);
});

test('C4 L1: a request that is lost with its link costs a reconnect, and the call is granted', async () => {
  await trials(async (key) => {
    const { locker, proxy } = await linked();
    proxy.onRequest = (bytes, link) => {
      if (!isAcquire(bytes)) return;
      proxy.onRequest = undefined;
      link.set({ toServer: swallow });
      setTimeout(() => link.cut(), random() * 50);
    };
    expect(await locker.withLock(key, () => 'done')).toBe('done');
    expect(proxy.accepted).toBe(2);
  });
  expect(await keysLeft(redis())).toEqual([]);
});
