import { RESP_TYPES } from 'redis';

import { type Adapter, nodeRedis } from '../../src/index.js';
import { adapterContract, replyContract } from '../contracts/adapter-contract.js';
import { rejection } from '../support/deferred.js';
import {
  sentinelBackend,
  sentinelClient,
  type Version,
  VERSIONS,
  versions,
} from '../support/node-redis-topologies.js';
import { eventually } from '../support/pause.js';
import { type RedisSentinel, startSentinel } from '../support/redis-sentinel.js';
import { acquire, release } from '../support/scripts.js';
import { useSubscriptions } from '../support/subscriptions.js';

adapterContract('node-redis 6, Sentinel', () => sentinelBackend('node-redis 6'), {
  'script cache': 'what the server answers does not depend on who leads to it',
  'error replies': 'the Sentinels would mend what is broken, or call another server the master',
  connections: 'they are the client’s own, see below',
});
replyContract('node-redis 5, Sentinel', () => sentinelBackend('node-redis 5'));

describe('nodeRedis behind Sentinels', () => {
  let redis: RedisSentinel;
  const clients: { readonly isOpen: boolean; destroy(): Promise<void> }[] = [];
  const subscribe = useSubscriptions();

  beforeAll(async () => {
    redis = await startSentinel();
  });
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.destroy()));
    await redis.settled();
  });

  async function open(version: Version): Promise<{ adapter: Adapter; client: (typeof clients)[number] }> {
    const client = sentinelClient(version, redis);
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return { adapter: nodeRedis(client), client };
  }
  const subscribers = async (): Promise<number> => {
    const list = await redis.command(await redis.master(), 'CLIENT', 'LIST', 'TYPE', 'pubsub');
    // The Sentinels listen, too.
    return String(list)
      .split('\n')
      .filter((line) => line !== '' && !line.includes('name=sentinel-')).length;
  };

  it.each(versions)('%s: takes joined steps, and can not wait for replicas', async (version) => {
    const { adapter } = await open(version);
    expect(adapter).toMatchObject({ joins: true });
    expect(adapter).not.toHaveProperty('waitReplicas');
  });

  it.each(versions)('%s: says that the client is not open, at once', async (version) => {
    const { adapter, client } = await open(version);
    await client.destroy();
    const never = nodeRedis(sentinelClient(version, redis));
    for (const closed of [adapter, never]) {
      expect(await rejection(release(closed))).toMatchObject({ code: 'CLIENT_CLOSED' });
      expect(await rejection(closed.subscribe('channel', () => undefined))).toMatchObject({
        code: 'CLIENT_CLOSED',
      });
    }
  });

  it.each(versions)('%s: has one connection for messages, while somebody listens', async (version) => {
    const { adapter } = await open(version);
    const stops = [
      await subscribe(adapter, 'a', () => undefined),
      await subscribe(adapter, 'b', () => undefined),
    ];
    expect(await subscribers()).toBe(1);
    await stops[0]!();
    expect(await subscribers()).toBe(1);
    await stops[1]!();
    await eventually(subscribers, 0);
    expect(await acquire(adapter)).toMatchObject({ granted: true });
    expect(await release(adapter)).toBe('released');
  });

  it.each(versions)(
    '%s: leaves one listener on the client, however many adapters it has',
    async (version) => {
      const client = sentinelClient(version, redis);
      clients.push(client);
      client.on('error', () => undefined);
      await client.connect();
      for (let i = 0; i < 20; i++) {
        const stop = await nodeRedis(client).subscribe('channel', () => undefined);
        await stop();
      }
      expect(client.listenerCount('topology-change')).toBe(1);
    },
  );

  it.each(versions)('%s: makes no connection to end a subscription of a closed client', async (version) => {
    const { adapter, client } = await open(version);
    const stop = await adapter.subscribe('channel', () => undefined);
    await client.destroy();
    await stop();
    await eventually(subscribers, 0);
  });

  it.each(versions)('%s: listens again after its connection was cut', async (version) => {
    const { adapter } = await open(version);
    let heard = 0;
    await subscribe(adapter, 'channel', () => heard++);
    const master = await redis.master();
    for (let round = 1; round <= 3; round++) {
      await redis.command(master, 'CLIENT', 'KILL', 'TYPE', 'pubsub');
      await eventually(() => redis.command(master, 'PUBSUB', 'NUMSUB', 'channel').then(String), 'channel,1');
      await redis.command(master, 'PUBLISH', 'channel', 'message');
      await eventually(() => heard, round);
    }
  });

  it.each(versions)(
    '%s: works and listens on the next master, and on the one after that',
    async (version) => {
      const { adapter } = await open(version);
      let heard = 0;
      await subscribe(adapter, 'channel', () => heard++);
      for (let round = 1; round <= 2; round++) {
        await redis.failOver();
        const master = await redis.master();
        expect(await release(adapter)).toBe('lost');
        expect(await acquire(adapter)).toMatchObject({ granted: true });
        expect(await redis.command(master, 'EXISTS', 'key')).toBe(1);
        expect(await release(adapter)).toBe('released');
        await eventually(
          () => redis.command(master, 'PUBSUB', 'NUMSUB', 'channel').then(String),
          'channel,1',
          10_000,
        );
        await redis.command(master, 'PUBLISH', 'channel', 'message');
        await eventually(() => heard, round);
      }
    },
  );

  it('reads plain replies of a client that is set to others; node-redis 5 can not, which is told when it is given', async () => {
    const options = {
      name: redis.name,
      sentinelRootNodes: [...redis.addresses],
      commandOptions: { typeMapping: { [RESP_TYPES.BLOB_STRING]: Buffer } },
    };
    const six = VERSIONS['node-redis 6'].createSentinel(options);
    six.on('error', () => undefined);
    clients.push(six);
    await six.connect();
    expect(await acquire(nodeRedis(six))).toMatchObject({ granted: true });
    expect(await release(nodeRedis(six))).toBe('released');
    const five = VERSIONS['node-redis 5'].createSentinel(options);
    expect(() => nodeRedis(five)).toThrow(/^nodeRedis: a Sentinel client of "redis" 5 must be made without/);
  });
});
