import { BUSY, HEALED, LATE } from '../faults/server-bounds.js';
import { settled } from '../support/linked.js';
import { sentinelClient, versions } from '../support/node-redis-topologies.js';
import { type RedisSentinel, startSentinel } from '../support/redis-sentinel.js';
import { stopwatches } from '../support/standstill.js';
import { expectToldAndFenced, useTopologyLockers } from '../support/topology-lockers.js';
import { lossOf } from '../support/watched-locker.js';

/** Longer than a failover takes, so that both believe in their leases at the same time. */
const TTL = 9_000;

const stopwatch = stopwatches();
const say = (text: string): void => void process.stdout.write(`d1-d3-sentinel.test.ts: ${text}\n`);

describe.each(versions)('%s', (version) => {
  let redis: RedisSentinel;
  beforeEach(async () => {
    redis = await startSentinel();
  });
  afterEach(() => redis.stop());
  const locker = useTopologyLockers(() => sentinelClient(version, redis));

  test('D1 S2 S3 S4: a failover that loses the key: the old holder is told, and its writes are refused', async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    await redis.cutReplicas(0);
    const lock = await ours.locker.acquire('k');
    const lost = lossOf(lock);
    expect(await redis.command(1, 'EXISTS', 'lock:k')).toBe(0);
    await redis.kill(0);
    await redis.promoted(1);
    expect(await redis.command(1, 'EXISTS', 'lock:k')).toBe(0);

    say(`${version}: ${await expectToldAndFenced({ ours, theirs, lock, lost, ttl: TTL })}`);
  });

  test('D3 S3 L1 L5: all Sentinels gone, and back', async () => {
    const ttl = 2_000;
    const [ours, theirs] = [await locker({ ttl }), await locker({ ttl })];
    const lock = await ours.locker.acquire('held');
    const lost = settled(() => lossOf(lock));
    await Promise.all([0, 1, 2].map((sentinel) => redis.sentinels.kill(sentinel)));
    // Whatever the client does meanwhile: each call ends in time, and who can not extend is told.
    for (let i = 0; i < 3; i++) {
      const took = stopwatch();
      // What is promised is the wait: a release has a time of its own behind it.
      let waited: number | undefined;
      const { error } = await settled(() =>
        theirs.locker.withLock('free', () => (waited = took()), { timeout: 500 }),
      );
      expect(waited ?? took()).toBeLessThanOrEqual(500 + LATE);
      if (error !== undefined) expect(error).toMatchObject({ code: 'LOCK_BACKEND', retryable: true });
      say(`${version}: without Sentinels: ${error === undefined ? 'granted' : 'refused'}`);
    }
    const { error } = await settled(() => theirs.locker.acquire('held', { timeout: 3 * ttl }));
    say(`${version}: the holder ${lock.held ? 'kept its lock' : 'has lost its lock'} without Sentinels`);
    if (lock.held) expect(error).toMatchObject({ code: 'LOCK_TIMEOUT' });
    else {
      const { value } = await lost;
      expect(value!.at).toBeLessThanOrEqual(ours.leaseEnd(lock, ttl) + BUSY);
    }

    await Promise.all([0, 1, 2].map((sentinel) => redis.sentinels.start(sentinel)));
    await redis.settled();
    const healed = performance.now();
    await theirs.locker.withLock('free', () => undefined, { timeout: 30_000 });
    const served = performance.now() - healed;
    say(`${version}: served ${Math.round(served)} ms after the Sentinels were back`);
    expect(served).toBeLessThanOrEqual(ttl + HEALED);
    await redis.failOver();
    await theirs.locker.withLock('free', () => undefined, { timeout: 30_000 });
    await lock.release();
  });
});
