import { createClient } from 'redis';

import { BUSY, HEALED } from '../faults/server-bounds.js';
import { rejection } from '../support/deferred.js';
import { FencedStore } from '../support/fenced-store.js';
import { sentinelClient } from '../support/node-redis-topologies.js';
import { eventually } from '../support/pause.js';
import { type RedisSentinel, startSentinel } from '../support/redis-sentinel.js';
import { useTopologyLockers } from '../support/topology-lockers.js';
import { lossOf } from '../support/watched-locker.js';

const TTL = 2_000;
/** The server that is the master at first, and the one that becomes it. */
const [OLD, NEW] = [0, 1];

const say = (text: string): void => void process.stdout.write(`d2-old-master.test.ts: ${text}\n`);

let redis: RedisSentinel;
beforeEach(async () => {
  redis = await startSentinel();
});
afterEach(() => redis.stop());
/** Who has the address of the old master in its settings. */
const stale = useTopologyLockers(() => createClient({ url: redis.urls[OLD]! }));
/** Who asks the Sentinels. */
const led = useTopologyLockers(() => sentinelClient('node-redis 6', redis));

/** What is at the lock on each server. */
const values = () => Promise.all([OLD, NEW].map((node) => redis.command(node, 'GET', 'lock:k')));

/** As the Sentinels do some ten seconds after they have seen it again. */
async function demote(): Promise<void> {
  await redis.command(OLD, 'REPLICAOF', '127.0.0.1', String(redis.ports[NEW]));
  const linked = async () =>
    String(await redis.command(OLD, 'INFO', 'replication')).includes('master_link_status:up');
  await eventually(linked, true, 10_000);
}

test('D2 S2 S3 S4 L5 E1: an old master that comes back empty and takes writes: both clients have the lock, and the fencing token of the later grant is the higher one', async () => {
  await redis.kill(OLD);
  await redis.promoted(NEW);
  await redis.start(OLD);
  expect(String(await redis.command(OLD, 'INFO', 'replication'))).toContain('role:master');
  const [ours, theirs] = [await stale({ ttl: TTL }), await led({ ttl: TTL })];
  const store = new FencedStore();

  // Each is the first, once. That both have it at the same time is what docs/topologies.md excepts.
  const first = await ours.locker.acquire('k');
  const second = await theirs.locker.acquire('k', { timeout: 0 });
  expect([first.held, second.held]).toEqual([true, true]);
  expect(store.write('ours', first.fencingToken)).toBe(true);
  expect(store.write('theirs', second.fencingToken)).toBe(true);
  expect(store.write('ours', first.fencingToken)).toBe(false);
  const [, kept] = await values();
  expect(await first.release()).toBe('released');
  expect(await values()).toEqual([null, kept]);
  const third = await ours.locker.acquire('k', { timeout: 0 });
  expect(store.write('ours', third.fencingToken)).toBe(true);
  expect(store.write('theirs', second.fencingToken)).toBe(false);
  expect(store.refused).toEqual([first.fencingToken, second.fencingToken]);

  // Nothing replicates what the old master grants: who waits for replicas is refused, and leaves nothing.
  const careful = await stale({ ttl: TTL, commandTimeout: 1_000, waitReplicas: 1 });
  expect(await rejection(careful.locker.acquire('safe', { timeout: 0 }))).toMatchObject({
    code: 'LOCK_BACKEND',
    reason: 'NOREPLICAS',
    retryable: true,
  });
  await eventually(() => redis.command(OLD, 'EXISTS', 'lock:safe'), 0);

  // In the end it is a replica, and has what its master has: who held a lock there is told by the clock, or before.
  const lost = lossOf(third);
  await demote();
  const healed = performance.now();
  const { loss, at } = await lost;
  expect(at).toBeLessThanOrEqual(ours.leaseEnd(third, TTL) + BUSY);
  expect(await values()).toEqual([kept, kept]);
  expect(second.held).toBe(true);
  // Unknown, and repeated, when the client has just looked again for what is where.
  expect(['released', 'unknown']).toContain(await second.release());
  const last = await theirs.locker.acquire('k');
  expect(performance.now() - healed).toBeLessThanOrEqual(TTL + HEALED);
  expect(store.write('theirs', last.fencingToken)).toBe(true);
  expect(store.write('ours', third.fencingToken)).toBe(false);
  await last.release();
  say(
    `on the old master, told by "${loss.reason}" ${Math.round(at - healed)} ms after it had become a replica`,
  );
});

test('D2 S1 S2 S3 S5: an old master that stood still, and goes on as one: its holder has been told before the next one is granted, and gets a newer token when it asks again', async () => {
  const [ours, theirs] = [await stale({ ttl: TTL }), await led({ ttl: TTL })];
  const store = new FencedStore();
  const lock = await ours.locker.acquire('k');
  await eventually(() => redis.command(NEW, 'EXISTS', 'lock:k'), 1);
  const lost = lossOf(lock);
  redis.freeze(OLD);
  await redis.promoted(NEW);
  const next = await theirs.locker.acquire('k', { timeout: 30_000 });
  const granted = performance.now();
  const { loss, at } = await lost;
  expect(loss.reason).toBe('expired');
  expect(at).toBeLessThanOrEqual(granted);
  expect(store.write('theirs', next.fencingToken)).toBe(true);

  redis.thaw(OLD);
  // What was sent to it while it stood still is answered now, and brings nothing back.
  await eventually(() => ours.locker.withLock('free', () => true), true);
  expect([lock.held, await lock.extend()]).toEqual([false, 'lost']);
  expect(store.write('ours', lock.fencingToken)).toBe(false);
  const again = await ours.locker.acquire('k');
  expect([again.held, next.held]).toEqual([true, true]);
  expect(store.write('ours', again.fencingToken)).toBe(true);
  expect(store.write('theirs', next.fencingToken)).toBe(false);
  expect(store.refused).toEqual([lock.fencingToken, next.fencingToken]);
  const kept = (await values())[NEW];
  expect(await again.release()).toBe('released');
  expect((await values())[NEW]).toBe(kept);
  expect(await next.release()).toBe('released');
});
