import { FencedStore } from '../support/fenced-store.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY } from './server-bounds.js';

const TTL = 900;
const [LOCK, QUEUE, WAITERS] = ['lock:k', '{lock:k}:~v1:queue', '{lock:k}:~v1:waiters'];

const redis = sharedRedis();
const locker = useLockers(redis);

/** @returns what puts everybody who waits now into the queue again, as a replica has it that has heard of nothing since */
async function keepQueue(): Promise<() => Promise<void>> {
  const [token, score] = (await redis().command('ZRANGE', QUEUE, '0', '0', 'WITHSCORES')) as string[];
  const note = (await redis().command('HGET', WAITERS, token!)) as string;
  return async () => {
    await redis().command('ZADD', QUEUE, score!, token!);
    await redis().command('HSET', WAITERS, token!, note);
  };
}

test('D1 S1 S2 S3 S7: a failover that loses a grant and brings back the place in the queue (done by hand): what is passed on to it later is given back, and whoever went on is told, and its writes are refused', async () => {
  const [before, ours, theirs] = [
    await locker({ ttl: TTL }),
    await locker({ ttl: TTL }),
    await locker({ ttl: TTL }),
  ];
  const store = new FencedStore();
  const first = await before.locker.acquire('k');
  const waiting = ours.locker.acquire('k');
  await eventually(() => redis().command('ZCARD', QUEUE), 1);
  const bringBack = await keepQueue();
  expect(await first.release()).toBe('released');
  const lock = await waiting;
  const lost = lossOf(lock);

  await redis().command('DEL', LOCK);
  const second = await theirs.locker.acquire('k', { timeout: 0 });
  expect(store.write('theirs', second.fencingToken)).toBe(true);
  await bringBack();
  const released = performance.now();
  expect(await second.release()).toBe('released');
  // Under the token with which the former holder extends what it believes to have.
  expect(await redis().command('EXISTS', LOCK)).toBe(1);
  expect(lock.held).toBe(true);

  const { loss, at } = await lost;
  expect(loss.reason).toBe('taken');
  expect(at - released).toBeLessThanOrEqual(TTL / 3 + BUSY);
  expect(store.write('ours', lock.fencingToken)).toBe(false);
  const next = await theirs.locker.acquire('k', { timeout: 0 });
  expect(store.write('theirs', next.fencingToken)).toBe(true);
  await next.release();
  expect(store.refused).toEqual([lock.fencingToken]);
});
