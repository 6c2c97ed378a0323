import { BUSY, HEALED, LATE } from '../faults/server-bounds.js';
import { settled } from '../support/linked.js';
import { expectExclusion, kinds, Load, summary } from '../support/load.js';
import { clusterClient, versions } from '../support/node-redis-topologies.js';
import { pause } from '../support/pause.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { expectToldAndFenced, useTopologyLockers } from '../support/topology-lockers.js';
import { lossOf } from '../support/watched-locker.js';

const TTL = 6_000;

const say = (text: string): void => void process.stdout.write(`d4-d6-cluster.test.ts: ${text}\n`);

let cluster: RedisCluster;
beforeAll(async () => {
  cluster = await startCluster();
});
beforeEach(async () => {
  await cluster.settled();
  await cluster.flush();
});

describe.each(versions)('%s', (version) => {
  const locker = useTopologyLockers(() => clusterClient(version, cluster.urls));

  test('D4 S2 S3 S4: a failover that loses the key: the old holder is told, and its writes are refused', async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const master = await cluster.masterOf('lock:k');
    const replica = await cluster.replicaOf(master);
    await cluster.cutReplicas(master);
    const lock = await ours.locker.acquire('k');
    const lost = lossOf(lock);
    await cluster.takeOver(replica);
    expect(await cluster.masterOf('lock:k')).toBe(replica);
    expect(await cluster.command(replica, 'EXISTS', 'lock:k')).toBe(0);

    say(`${version}: ${await expectToldAndFenced({ ours, theirs, lock, lost, ttl: TTL })}`);
    await cluster.healReplicas(master);
    await cluster.healReplicas(replica);
  });
});

describe('a master that dies, of node-redis 5', () => {
  const locker = useTopologyLockers(() => clusterClient('node-redis 5', cluster.urls));

  test('D4 L1 L5: calls end in time, and its locks are served again when it is back, if not before', async () => {
    const ttl = 2_000;
    const { locker: ours } = await locker({ ttl });
    const master = await cluster.masterOf('lock:k');
    const replica = await cluster.replicaOf(master);
    await ours.withLock('k', () => undefined);
    await cluster.kill(master);
    await cluster.elected(replica);
    // Its client does not look for another master by itself: whatever comes, comes in time.
    const { ms, error } = await settled(() => ours.withLock('k', () => undefined, { timeout: 1_500 }));
    expect(ms).toBeLessThanOrEqual(1_500 + LATE);
    say(`node-redis 5, while the old master is gone: ${error === undefined ? 'served' : 'not served'}`);
    const waiting = ours.withLock('k', () => performance.now(), { timeout: 30_000 });
    await cluster.start(master);
    await cluster.settled();
    const healed = performance.now();
    expect((await waiting) - healed).toBeLessThanOrEqual(ttl + HEALED);
  });
});

describe('a master that dies', () => {
  const locker = useTopologyLockers(() => clusterClient('node-redis 6', cluster.urls));

  test('D4 L1 L5: its replica is elected, and its locks are served again', async () => {
    const ttl = 2_000;
    const { locker: ours } = await locker({ ttl });
    const master = await cluster.masterOf('lock:k');
    const replica = await cluster.replicaOf(master);
    await cluster.kill(master);
    const { ms } = await settled(() => ours.acquire('k', { timeout: 300 }));
    expect(ms).toBeLessThanOrEqual(300 + LATE);
    const waiting = ours.withLock('k', () => performance.now(), { timeout: 30_000 });
    await cluster.elected(replica);
    const elected = performance.now();
    const served = (await waiting) - elected;
    say(`served ${Math.round(served)} ms after the replica was elected`);
    expect(served).toBeLessThanOrEqual(ttl + HEALED);
    await cluster.start(master);
  });

  test('D6 S3 L1 L5 E1: two of three masters gone, and back', async () => {
    const ttl = 2_000;
    const [ours, theirs] = [await locker({ ttl }), await locker({ ttl })];
    const dead = (await cluster.masters()).slice(0, 2);
    const names = Array.from({ length: 40 }, (_, i) => `k${i}`);
    const served = await Promise.all(names.map((name) => cluster.masterOf(`lock:${name}`)));
    const perMaster = (await cluster.masters()).map((node) => names[served.indexOf(node)]!);
    const lock = await ours.locker.acquire(perMaster[0]!);
    const lost = lossOf(lock);
    await Promise.all(dead.map((node) => cluster.kill(node)));

    for (const timeout of [0, 200, 1_000]) {
      const all = await Promise.all(
        perMaster.map((name) => settled(() => theirs.locker.withLock(name, () => undefined, { timeout }))),
      );
      // A call that does not wait gets as long as one attempt may take.
      for (const { ms, error } of all) {
        if (timeout > 0) expect(ms).toBeLessThanOrEqual(timeout + LATE);
        if (error !== undefined)
          expect(error).toMatchObject({
            code: expect.stringMatching(/^LOCK_(BACKEND|TIMEOUT)$/),
            retryable: true,
          });
      }
    }
    const { at } = await lost;
    expect(at).toBeLessThanOrEqual(ours.leaseEnd(lock, ttl) + BUSY);
    const down = await settled(() =>
      theirs.locker.withLock(perMaster[2]!, () => undefined, { timeout: 300 }),
    );
    expect(down.ms).toBeLessThanOrEqual(300 + LATE);
    expect(down.error).toMatchObject({ code: 'LOCK_BACKEND', reason: 'CLUSTERDOWN', retryable: true });

    const waiting = perMaster.map((name) =>
      theirs.locker.withLock(name, () => performance.now(), { timeout: 30_000 }),
    );
    await Promise.all(dead.map((node) => cluster.start(node)));
    await cluster.settled();
    const healed = performance.now();
    const late = Math.max(...(await Promise.all(waiting))) - healed;
    say(`served ${Math.round(late)} ms after the Cluster was well again`);
    expect(late).toBeLessThanOrEqual(ttl + HEALED);
    await lock.release();
  });
});

test('D5 S1 S2 L1: slots that move back and forth under a load: nobody sees an error', async () => {
  const options = { ttl: 2_000, timeout: 10_000, prefix: 'lock:' };
  // Two locks in one slot, and one elsewhere.
  const keys = ['{moves}one', '{moves}two', 'stays'];
  const load = await Load.gather(cluster.urls.join(), { processes: 3, callers: 6, keys, body: 2, options });
  const slot = await cluster.slotOf('lock:{moves}one');
  const home = await cluster.masterOf('lock:{moves}one');
  const away = (await cluster.masters()).find((node) => node !== home)!;
  load.go();
  await pause(300);
  let rounds = 0;
  for (const end = performance.now() + 6_000; performance.now() < end; rounds++) {
    const to = rounds % 2 === 0 ? away : home;
    await cluster.beginMove(slot, to);
    // Half of a lock here, half of it there: TRYAGAIN.
    await cluster.moveKeys(slot, to, ['lock:{moves}one', 'lock:{moves}two:~t1:fence']);
    await pause(20);
    await cluster.moveKeys(slot, to);
    await cluster.endMove(slot, to);
    await pause(100);
  }
  const report = await load.stop();
  say(`${rounds} moves: ${summary(report)}`);
  expectExclusion(report);
  expect(kinds(report)).toEqual({});
  expect(report.late).toBeLessThanOrEqual(LATE);
  expect(rounds).toBeGreaterThan(5);
  for (const key of keys) expect(report.sections.filter((one) => one.key === key).length).toBeGreaterThan(50);
  const before = await Promise.all([home, away].map((node) => cluster.command(node, 'INFO', 'errorstats')));
  const told = before.map(String).join();
  // Otherwise nothing has been tested.
  for (const code of ['MOVED', 'ASK', 'TRYAGAIN']) expect(told).toContain(`errorstat_${code}:`);
});
