import { rejection } from '../support/deferred.js';
import { eventually, pause } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, HEALED, LATE, toldWithin } from './server-bounds.js';

const TTL = 600;

const redis = sharedRedis();
const config = (name: string, value: string): Promise<unknown> =>
  redis().command('CONFIG', 'SET', name, value);

afterEach(async () => {
  await config('maxmemory', '0');
  await config('maxmemory-policy', 'noeviction');
});

const locker = useLockers(redis);

test('B9 E1 L1 L5: without memory and without eviction, new locks are refused with OOM; held ones are extended and given back', async () => {
  const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
  const [held, returned] = [await ours.locker.acquire('held'), await ours.locker.acquire('returned')];
  await config('maxmemory', '1');

  const asked = performance.now();
  const refused = await rejection(theirs.locker.acquire('free', { timeout: 300 }));
  expect(performance.now() - asked).toBeLessThanOrEqual(300 + LATE);
  expect(refused).toMatchObject({
    code: 'LOCK_BACKEND',
    reason: 'OOM',
    retryable: true,
    ownership: 'never-held',
  });
  const waiting = theirs.locker.acquire('returned');
  // Longer than without any extension.
  await pause(2 * TTL);
  expect([held.held, returned.held]).toEqual([true, true]);
  expect(ours.of('failure')).toEqual([]);
  expect(await returned.release()).toBe('released');
  expect(await redis().command('EXISTS', 'lock:returned')).toBe(0);
  expect(await redis().command('PTTL', 'lock:held')).toBeGreaterThan(0);

  await config('maxmemory', '0');
  const healed = performance.now();
  const next = await waiting;
  const granted = performance.now() - healed;
  process.stdout.write(
    `server-memory.test.ts: granted ${granted.toFixed(0)} ms after there was memory again\n`,
  );
  expect(granted).toBeLessThanOrEqual(TTL + HEALED);
  expect([await next.release(), await held.release()]).toEqual(['released', 'released']);
});

test.each(['volatile-ttl', 'allkeys-lru'])(
  "B10 S2 S3' S7: a lock that the server evicts by %s: its holder is told, and the next fencing token is higher",
  async (policy) => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const lock = await ours.locker.acquire('k');
    const { fencingToken } = lock;
    await ours.next('extended');
    const lost = lossOf(lock);
    await redis().command('CONFIG', 'RESETSTAT');
    await config('maxmemory-policy', policy);
    const full = performance.now();
    // Both the lock and its fence have an expiry, so that either policy may take them.
    await config('maxmemory', '1');
    await eventually(() => redis().command('EXISTS', 'lock:k', '{lock:k}:~v1:fence'), 0);
    await config('maxmemory', '0');
    expect(Number(/evicted_keys:(\d+)/.exec(String(await redis().command('INFO', 'stats')))![1])).toBe(2);

    const next = await theirs.locker.acquire('k');
    expect(next.fencingToken).toBeGreaterThan(fencingToken);
    const { loss, at } = await lost;
    process.stdout.write(`server-memory.test.ts: ${policy}: told after ${(at - full).toFixed(0)} ms\n`);
    expect(loss).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
    expect(at - full).toBeLessThanOrEqual(toldWithin(TTL) + BUSY);
    expect(await lock.release()).toBe('lost');
    expect([next.held, await next.release()]).toEqual([true, 'released']);
  },
);
