import { Cluster as Cluster6 } from 'ioredis';
import { Cluster as Cluster5 } from 'ioredis-5';

import { type Adapter, createLocker, ioredis } from '../../src/index.js';
import { adapterContract } from '../contracts/adapter-contract.js';
import { rejection } from '../support/deferred.js';
import { closed, ioredisClusterBackend, ready, type TestedCluster } from '../support/ioredis-backend.js';
import { eventually } from '../support/pause.js';
import { expectOnMasters } from '../support/on-masters.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { acquire, release } from '../support/scripts.js';
import { useSubscriptions } from '../support/subscriptions.js';

type Nodes = { host: string; port: number }[];
type Make = (
  nodes: Nodes,
  options?: object,
) => TestedCluster & { emit(event: string, node: unknown): unknown };

/** Looks again soon, in a test in which servers die. */
const QUICK = { clusterRetryStrategy: () => 50, slotsRefreshTimeout: 2_000 };
const VERSIONS: [string, Make][] = [
  ['ioredis 6', (nodes, options) => new Cluster6(nodes, { ...QUICK, ...options })],
  ['ioredis 5', (nodes, options) => new Cluster5(nodes, { ...QUICK, ...options })],
];

for (const [version, make] of VERSIONS) {
  adapterContract(`${version}, Cluster`, () => ioredisClusterBackend(make), {
    'counted listeners': 'a server knows of those alone that are connected to itself',
    'joined steps': 'the keys of several locks are on several servers',
    'script cache': 'each server has its own, and what it answers does not depend on how many there are',
    'error replies': 'what a server refuses does not depend on how many there are',
    connections: 'several servers, see below',
  });
}

describe.each(VERSIONS)('%s on a Cluster', (_, make) => {
  let cluster: RedisCluster;
  const clients: TestedCluster[] = [];
  const subscribe = useSubscriptions();

  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map(closed));
    await cluster.settled();
    await cluster.flush();
  });
  afterAll(() => cluster.stop());

  function made(options?: object): ReturnType<Make> {
    const nodes = cluster.ports.map((port) => ({ host: '127.0.0.1', port }));
    const client = make(nodes, options);
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }
  const open = async (options?: object): Promise<Adapter> => ioredis(await ready(made(options)));

  /** The nodes to which somebody listens, of those that run. */
  async function listening(channel: string, ...dead: number[]): Promise<number[]> {
    const alive = cluster.urls.map((_url, node) => node).filter((node) => !dead.includes(node));
    const counts = await Promise.all(
      alive.map((node) => cluster.command(node, 'PUBSUB', 'NUMSUB', channel) as Promise<[string, number]>),
    );
    return alive.filter((_node, i) => counts[i]![1] > 0);
  }

  it('connects a lazy client with the first step, and says at once when it is closed', async () => {
    const client = made({ lazyConnect: true });
    const adapter = ioredis(client);
    expect(await release(adapter)).toBe('lost');
    await closed(client);
    for (const call of [release(adapter), adapter.subscribe('channel', () => undefined)])
      expect(await rejection(call)).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it.each([
    ['all that it reads to replicas', { scaleReads: 'slave' }],
    ['commands in pipelines', { enableAutoPipelining: true, scaleReads: 'all' }],
    ['numbers as text', { redisOptions: { stringNumbers: true, readOnly: true } }],
  ])('runs each step on the master of its keys, with a client that is set to %s', async (_what, options) => {
    await expectOnMasters(cluster, await open(options));
  });

  it('goes on while the slot of a lock moves, and after it', async () => {
    const locker = createLocker(await open(), { timeout: 20_000 });
    const lock = await locker.acquire('key');
    const from = await cluster.masterOf('lock:key');
    const to = (await cluster.masters()).find((node) => node !== from)!;
    const slot = await cluster.slotOf('lock:key');
    await cluster.beginMove(slot, to);
    // The lock is here, and there is nothing of a queue, which might be there: TRYAGAIN until all has moved.
    const torn = lock.extend();
    await cluster.moveKeys(slot, to, ['lock:key']);
    await cluster.moveKeys(slot, to);
    await cluster.endMove(slot, to);
    expect(['extended', 'unknown']).toContain(await torn);
    expect(await lock.extend()).toBe('extended');
    expect(await cluster.command(to, 'EXISTS', 'lock:key')).toBe(1);
    expect(await lock.release()).toBe('released');
    await locker.close();
    await cluster.moveSlot(slot, from);
  });

  it('works on the next master when one is gone', async () => {
    const adapter = await open();
    await acquire(adapter);
    const master = await cluster.masterOf('key');
    const replica = await cluster.replicaOf(master);
    await cluster.settled();
    await cluster.kill(master);
    await cluster.takeOver(replica);
    expect(await release(adapter)).toBe('released');
    expect(await acquire(adapter)).toMatchObject({ granted: true });
    expect(await cluster.command(replica, 'EXISTS', 'key')).toBe(1);
    await cluster.start(master);
    expect(await release(adapter)).toBe('released');
  });

  it('listens to another node when its own is gone, and to none in the end', async () => {
    const adapter = await open();
    const heard: string[] = [];
    const stop = await subscribe(adapter, 'channel', (message) => heard.push(message));
    const [node] = await listening('channel');
    const isMaster = (await cluster.masters()).includes(node!);
    const replica = isMaster ? await cluster.replicaOf(node!) : undefined;
    await cluster.kill(node!);
    await eventually(async () => (await listening('channel', node!)).length, 1);
    const alive = node === 0 ? 1 : 0;
    await cluster.command(alive, 'PUBLISH', 'channel', 'message');
    await eventually(() => heard.join(), 'message');
    if (replica !== undefined) await cluster.takeOver(replica);
    await cluster.start(node!);
    await cluster.settled();
    await stop();
    await eventually(async () => (await listening('channel')).join(), '');
  });

  it('listens elsewhere when its node does not belong to the Cluster any more', async () => {
    const client = await ready(made());
    const adapter = ioredis(client);
    let heard = 0;
    const stop = await subscribe(adapter, 'channel', () => heard++);
    const ids = async (): Promise<string> => {
      const lists = await Promise.all(
        cluster.urls.map((_url, node) => cluster.command(node, 'CLIENT', 'LIST', 'TYPE', 'pubsub')),
      );
      return [...lists.join('').matchAll(/^id=(\d+) addr=(\S+)/gm)].map(([, , at]) => at).join();
    };
    const before = await ids();
    for (const node of client.nodes()) client.emit('-node', node);
    const moved = async (): Promise<boolean> =>
      (await listening('channel')).length === 1 && (await ids()) !== before;
    // A connection that has to be made again on a busy machine may take some seconds.
    await eventually(moved, true, 20_000);
    await cluster.command(0, 'PUBLISH', 'channel', 'message');
    await eventually(() => heard, 1);
    await stop();
    await eventually(async () => (await listening('channel')).join(), '');
  });

  it('passes a lock on to who waits through another client', async () => {
    const [ours, theirs] = [createLocker(await open()), createLocker(await open())];
    for (const key of ['a', 'b', 'c', 'd']) {
      const lock = await ours.acquire(key);
      const waiting = theirs.acquire(key, { timeout: 10_000 });
      await eventually(async () => {
        const queue = `{lock:${key}}:~v1:queue`;
        return cluster.command(await cluster.masterOf(queue), 'ZCARD', queue);
      }, 1);
      expect(await lock.release()).toBe('released');
      expect(await (await waiting).release()).toBe('released');
    }
    await Promise.all([ours.close(), theirs.close()]);
  });
});
