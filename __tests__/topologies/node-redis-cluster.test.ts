import { createClient } from 'redis';

import { readFailure } from '../../src/core/failure.js';
import { type Adapter, nodeRedis } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import { adapterContract } from '../contracts/adapter-contract.js';
import { rejection } from '../support/deferred.js';
import { clusterBackend, clusterClient, type Version, versions } from '../support/node-redis-topologies.js';
import { eventually } from '../support/pause.js';
import { expectOnMasters } from '../support/on-masters.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import { release } from '../support/scripts.js';
import { useSubscriptions } from '../support/subscriptions.js';

describe.each(versions)('%s', (version) => {
  adapterContract(`${version}, Cluster`, () => clusterBackend(version), {
    'counted listeners': 'a server knows of those alone that are connected to itself',
    'joined steps': 'the keys of several locks are on several servers',
    'script cache': 'each server has its own, and what it answers does not depend on how many there are',
    'error replies': 'what a server refuses does not depend on how many there are',
    connections: 'several servers, see below',
  });
});

describe('nodeRedis on a Cluster', () => {
  let cluster: RedisCluster;
  const clients: { readonly isOpen: boolean; destroy(): void }[] = [];
  const subscribe = useSubscriptions();

  beforeAll(async () => {
    cluster = await startCluster();
  });
  afterEach(async () => {
    for (const client of clients.splice(0)) if (client.isOpen) client.destroy();
    await cluster.settled();
    await cluster.flush();
  });

  async function open(version: Version): Promise<Adapter> {
    const client = clusterClient(version, cluster.urls);
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return nodeRedis(client);
  }
  /** The nodes to which somebody listens, of those that run. */
  async function listening(channel: string, ...dead: number[]): Promise<number[]> {
    const alive = cluster.urls.map((_, node) => node).filter((node) => !dead.includes(node));
    const counts = await Promise.all(
      alive.map((node) => cluster.command(node, 'PUBSUB', 'NUMSUB', channel) as Promise<[string, number]>),
    );
    return alive.filter((_, i) => counts[i]![1] > 0);
  }

  it('takes no joined steps, and says so', async () => {
    const client = clusterClient('node-redis 6', cluster.urls);
    expect(() => nodeRedis(client, { joins: true })).toThrow(
      new TypeError('nodeRedis: joins must be false on a Cluster, where each server has a part of the keys'),
    );
    expect(nodeRedis(client)).toMatchObject({ joins: false, countsListeners: false });
    expect(nodeRedis(client)).not.toHaveProperty('waitReplicas');
  });

  it.each(versions)('%s: says that the client is not open, at once', async (version) => {
    const adapter = nodeRedis(clusterClient(version, cluster.urls));
    expect(await rejection(release(adapter))).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it.each(versions)('%s: runs each step on the server that has its keys', async (version) => {
    await expectOnMasters(cluster, await open(version));
  });

  it.each(versions)(
    '%s: listens to another node when its own is gone, and to none in the end',
    async (version) => {
      const adapter = await open(version);
      const heard: string[] = [];
      const stop = await subscribe(adapter, 'channel', (message) => heard.push(message));
      const [node] = await listening('channel');
      const replica = await cluster.replicaOf(node!);
      await cluster.kill(node!);
      await eventually(async () => (await listening('channel', node!)).length, 1);
      await cluster.command(replica, 'PUBLISH', 'channel', 'message');
      await eventually(() => heard.join(), 'message');
      await cluster.takeOver(replica);
      await cluster.start(node!);
      await cluster.settled();
      await stop();
      await eventually(async () => (await listening('channel')).join(), '');
    },
  );

  it.each(versions)(
    '%s: leaves nothing of a subscription that was given up before it came about',
    async (version) => {
      const adapter = await open(version);
      // Its connection is being made for another one.
      const others = adapter.subscribe('other', () => undefined);
      const abort = new AbortController();
      const given = rejection(adapter.subscribe('channel', () => undefined, abort.signal));
      abort.abort(new Error('given up'));
      expect(await given).toMatchObject({ message: 'given up' });
      const stop = await others;
      await subscribe(adapter, 'last', () => undefined);
      expect(await listening('channel')).toEqual([]);
      expect(await listening('other')).toHaveLength(1);
      await stop();
    },
  );

  it.each(versions)('%s: listens again after its connection was cut', async (version) => {
    const adapter = await open(version);
    let heard = 0;
    const stop = await subscribe(adapter, 'channel', () => heard++);
    for (let round = 1; round <= 3; round++) {
      const before = await listening('channel');
      await Promise.all(before.map((node) => cluster.command(node, 'CLIENT', 'KILL', 'TYPE', 'pubsub')));
      await eventually(async () => (await listening('channel')).length, 1);
      await cluster.command(0, 'PUBLISH', 'channel', 'message');
      await eventually(() => heard, round);
    }
    await stop();
    await eventually(async () => (await listening('channel')).join(), '');
  });

  it('reads what the client gives up following as a state that passes', async () => {
    const slot = await cluster.slotOf('key');
    const others = (await cluster.masters()).filter((node) => node > 0);
    const redirections = [
      new Error(`MOVED ${slot} 127.0.0.1:${cluster.ports[others[0]!]}`),
      new Error('Too many Cluster redirections', { cause: new Error(`ASK ${slot} 127.0.0.1:1`) }),
    ];
    for (const redirection of redirections) {
      const refuse = () => Promise.reject(redirection);
      const scripts = { eval: refuse, evalSha: refuse };
      const given = {
        ...scripts,
        isOpen: true,
        masters: [],
        withCommandOptions: () => scripts,
        getRandomNode: () => undefined,
        nodeClient: () => Promise.reject(new Error('no node')),
      };
      expect(readFailure(await rejection(release(nodeRedis(given))), [])).toMatchObject({
        reason: 'TRYAGAIN',
        retryable: true,
        outcome: 'not-done',
      });
    }
  });

  it('tells at once that a client of one server is none for a Cluster', async () => {
    const client = createClient({ url: cluster.urls[0]! });
    clients.push(client);
    await client.connect();
    const elsewhere = await Promise.all(
      ['a', 'b', 'c', 'd'].map(async (key) => ((await cluster.masterOf(key)) === 0 ? [] : [key])),
    );
    const [key] = elsewhere.flat();
    const failure = await rejection(release(nodeRedis(client), { keys: toRedisKeys('', key!) }));
    expect(readFailure(failure, [])).toMatchObject({ reason: 'MOVED', retryable: false });
  });
});
