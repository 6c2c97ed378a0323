import type { AnyNodeRedis } from '../../src/adapters/node-redis/shapes.js';
import type { Lock, LockerOptions } from '../../src/index.js';
import { BUSY, toldWithin } from '../faults/server-bounds.js';
import { FencedStore } from './fenced-store.js';
import { type lossOf, useWatched, type WatchedLocker } from './watched-locker.js';

type Client = AnyNodeRedis & {
  readonly isOpen: boolean;
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
};

/**
 * Lockers for one case, each on a client of its own.
 *
 * @param make - makes a client that is not connected
 */
export function useTopologyLockers(make: () => Client) {
  const watch = useWatched<Client>();
  return async (options: LockerOptions = {}): Promise<WatchedLocker<Client>> => {
    const client = make();
    client.on('error', () => undefined);
    await client.connect();
    return watch(client, options);
  };
}

/** What the servers have forgotten: the lock of `ours`, who does not know. */
interface Forgotten {
  readonly ours: WatchedLocker<Client>;
  readonly theirs: WatchedLocker<Client>;
  readonly lock: Lock;
  readonly lost: ReturnType<typeof lossOf>;
  readonly ttl: number;
}

/**
 * Lets `theirs` take the lock, and expects that `ours` is told in time and can write no more.
 *
 * @returns what has come of it, for people
 */
export async function expectToldAndFenced({ ours, theirs, lock, lost, ttl }: Forgotten): Promise<string> {
  const store = new FencedStore();
  const next = await theirs.locker.acquire('k', { timeout: ttl });
  const granted = performance.now();
  const both = lock.held;
  expect(store.write('theirs', next.fencingToken)).toBe(true);
  const { at } = await lost;
  const end = ours.leaseEnd(lock, ttl);
  expect(at).toBeLessThanOrEqual(end + BUSY);
  expect(at - granted).toBeLessThanOrEqual(toldWithin(ttl) + BUSY);
  // Who has not looked goes on all the same.
  expect(store.write('ours', lock.fencingToken)).toBe(false);
  expect(store.refused).toEqual([lock.fencingToken]);
  expect(store.value).toBe('theirs');
  expect(await lock.release()).toBe('lost');
  expect(await next.release()).toBe('released');
  return `both held it: ${both}; the old holder was told ${Math.round(at - granted)} ms after the new one was granted, ${Math.round(end - at)} ms before its lease would have ended`;
}
