import { createLocker, glide } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import { adapterContract } from '../contracts/adapter-contract.js';
import { GlideClients, glideClusterBackend } from '../support/glide-backend.js';
import { storeOfCluster } from '../support/node-redis-topologies.js';
import { expectOnMasters } from '../support/on-masters.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { acquire, release } from '../support/scripts.js';

adapterContract('valkey-glide 2, Cluster', glideClusterBackend, {
  'counted listeners': 'a server knows of those alone that are connected to itself',
  'joined steps': 'the keys of several locks are on several servers',
  'script cache': 'each server has its own, and what it answers does not depend on how many there are',
  'error replies': 'what a server refuses does not depend on how many there are',
  connections: 'several servers, see below',
});

describe('glide on a Cluster', () => {
  let cluster: RedisCluster;
  let clients: GlideClients;
  beforeAll(async () => {
    cluster = await startCluster();
    clients = new GlideClients(storeOfCluster(cluster), cluster.ports);
  });
  afterEach(async () => {
    await clients.closeAll();
    await cluster.settled();
    await cluster.flush();
  });
  const names = Array.from({ length: 30 }, (_, i) => `key${i}`);

  it('runs each step on the primary of its keys, also when the client reads from replicas', async () => {
    const adapter = glide(await clients.ofCluster({ readFrom: 'preferReplica' }));
    await expectOnMasters(cluster, adapter);
  });

  it('sends a script whole to each server that has forgotten it, once', async () => {
    const adapter = glide(await clients.ofCluster());
    const cycle = async (name: string): Promise<void> => {
      await acquire(adapter, { keys: toRedisKeys('', name) });
      expect(await release(adapter, { keys: toRedisKeys('', name) })).toBe('released');
    };
    const masters = await cluster.masters();
    for (const node of masters) {
      await cluster.command(node, 'SCRIPT', 'FLUSH');
      await cluster.command(node, 'CONFIG', 'RESETSTAT');
    }
    for (const name of names) await cycle(name);
    for (const node of masters) {
      const stats = String(await cluster.command(node, 'INFO', 'commandstats'));
      expect(/cmdstat_eval:calls=(\d+)/.exec(stats)?.[1]).toBe('2');
      expect(stats).not.toContain('cmdstat_script|load');
    }
  });

  it('goes on after a slot has moved, and while it moves', async () => {
    const adapter = glide(await clients.ofCluster());
    const keys = toRedisKeys('', 'moving');
    const from = await cluster.masterOf('moving');
    const to = (await cluster.masters()).find((node) => node !== from)!;
    await acquire(adapter, { keys });
    await cluster.moveSlot(await cluster.slotOf('moving'), to);
    expect(await release(adapter, { keys })).toBe('released');
    expect(await cluster.command(to, 'EXISTS', keys.lock)).toBe(0);
    await cluster.moveSlot(await cluster.slotOf('moving'), from);
  });

  it('gets 3,000 locks that are asked for at once, although GLIDE has 1,000 requests under way at most', async () => {
    const locker = createLocker(glide(await clients.ofCluster()));
    let sections = 0;
    const call = (key: number): Promise<number> => locker.withLock(key, () => ++sections);
    await Promise.all(Array.from({ length: 3_000 }, (_, key) => call(key)));
    expect(sections).toBe(3_000);
    await locker.close();
  });
});
