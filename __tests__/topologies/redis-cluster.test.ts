import { createCluster } from 'redis';

import { isAlive } from '../support/alive.js';
import { rejection } from '../support/deferred.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';

describe('the Cluster of the tests', () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  beforeEach(async () => {
    await cluster.settled();
    await cluster.flush();
  });

  const get = async (node: number, key: string): Promise<unknown> => cluster.command(node, 'GET', key);

  it('has three masters with a replica each, which share the slots', async () => {
    const masters = await cluster.masters();
    expect(masters).toEqual([0, 1, 2]);
    const replicas = await Promise.all(masters.map((master) => cluster.replicaOf(master)));
    expect(replicas.sort()).toEqual([3, 4, 5]);
    const served = await Promise.all(['a', 'b', 'c', 'd', 'e', 'f'].map((key) => cluster.masterOf(key)));
    expect(new Set(served).size).toBe(3);
  });

  it('is one store to a client', async () => {
    const client = createCluster({ rootNodes: [{ url: cluster.urls[4]! }] });
    await client.connect();
    for (let i = 0; i < 30; i++) await client.set(`key${i}`, String(i));
    for (let i = 0; i < 30; i++)
      expect(await get(await cluster.masterOf(`key${i}`), `key${i}`)).toBe(String(i));
    client.destroy();
  });

  it('moves a slot with its keys; on the way the old master answers ASK and TRYAGAIN, afterwards MOVED', async () => {
    const [one, two] = ['{tag}one', '{tag}two'];
    const from = await cluster.masterOf(one);
    const to = (await cluster.masters()).find((node) => node !== from)!;
    const slot = await cluster.slotOf(one);
    for (const key of [one, two]) await cluster.command(from, 'SET', key, 'value', 'PX', '60000');
    await cluster.beginMove(slot, to);
    await cluster.moveKeys(slot, to, [one]);
    expect(await rejection(get(from, one))).toMatchObject({ message: expect.stringMatching(/^ASK /) });
    expect(await get(from, two)).toBe('value');
    expect(await rejection(cluster.command(from, 'EXISTS', one, two))).toMatchObject({
      message: expect.stringMatching(/^TRYAGAIN /),
    });
    await cluster.moveKeys(slot, to);
    await cluster.endMove(slot, to);
    expect(await cluster.masterOf(one)).toBe(to);
    expect(await rejection(get(from, one))).toMatchObject({ message: expect.stringMatching(/^MOVED /) });
    expect(await get(to, one)).toBe('value');
    expect(await cluster.command(to, 'PTTL', two)).toBeGreaterThan(50_000);
    await cluster.moveSlot(slot, from);
    expect(await cluster.masterOf(one)).toBe(from);
  });

  it('loses what only a dead master had, when its replica takes over, and takes the master back', async () => {
    const master = await cluster.masterOf('key');
    const replica = await cluster.replicaOf(master);
    await cluster.cutReplicas(master);
    await cluster.command(master, 'SET', 'key', 'value');
    await cluster.kill(master);
    await cluster.takeOver(replica);
    expect(await cluster.masterOf('key')).toBe(replica);
    expect(await get(replica, 'key')).toBeNull();
    await cluster.start(master);
    await cluster.settled();
    expect(await cluster.replicaOf(replica)).toBe(master);
    await cluster.failOver(master);
    await cluster.settled();
    expect(await cluster.masterOf('key')).toBe(master);
  });

  it('is gone after stop, with its folder and what was killed and started', async () => {
    const other = await startCluster();
    await other.kill(5);
    await other.start(5);
    const pids = (await Promise.all(
      other.urls.map(
        async (_, node) => /process_id:(\d+)/.exec(String(await other.command(node, 'INFO')))?.[1],
      ),
    )) as string[];
    expect(pids.map(Number).every(isAlive)).toBe(true);
    await other.stop();
    await other.stop();
    expect(pids.map(Number).some(isAlive)).toBe(false);
  });
});
