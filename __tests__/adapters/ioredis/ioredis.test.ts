import { EventEmitter } from 'node:events';

import { Cluster, Redis } from 'ioredis';
import { Cluster as Cluster5, Redis as Redis5 } from 'ioredis-5';
import { createClient } from 'redis';

import { readFailure } from '../../../src/core/failure.js';
import { ioredis, type IoredisClient } from '../../../src/index.js';
import { adapterContract } from '../../contracts/adapter-contract.js';
import { rejection } from '../../support/deferred.js';
import { startProxy, swallow } from '../../support/fault-proxy.js';
import { closed, ioredisBackend, type Closable } from '../../support/ioredis-backend.js';
import { eventually, pause } from '../../support/pause.js';
import { sharedRedis, startRedis } from '../../support/redis-server.js';
import { acquire, grant, release, releaseMany } from '../../support/scripts.js';

adapterContract('ioredis 6', () => ioredisBackend((options) => new Redis(options)));

const LAZY = { lazyConnect: true } as const;
const NODES = [{ host: '127.0.0.1', port: 1 }];

/** What the compiler must take for clients, of both versions. */
const REDISES: [name: string, make: () => IoredisClient][] = [
  ['Redis 6', () => new Redis(LAZY)],
  ['Redis 6 with replies of RESP 3', () => new Redis({ ...LAZY, replyMapping: 'resp3' })],
  ['Redis 6 with Sentinels', () => new Redis({ ...LAZY, sentinels: NODES, name: 'main' })],
  ['Redis 5', () => new Redis5(LAZY)],
];
const CLUSTERS: [name: string, make: () => IoredisClient][] = [
  ['Cluster 6', () => new Cluster(NODES, LAZY)],
  ['Cluster 5', () => new Cluster5(NODES, LAZY)],
];

describe('ioredis', () => {
  const redis = sharedRedis();
  const clients: Closable[] = [];
  afterEach(() => Promise.all(clients.splice(0).map(closed)));

  function opened(options: object = {}): Redis {
    const client = new Redis({ host: '127.0.0.1', port: redis().port, ...options });
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  }
  const connections = async (): Promise<number> =>
    String(await redis().command('CLIENT', 'LIST'))
      .trim()
      .split('\n').length;

  it.each(REDISES)('takes a %s, which is one server', (_, make) => {
    const adapter = ioredis(make());
    expect(adapter).toMatchObject({ joins: true, waitReplicas: expect.any(Function) });
    expect(adapter.countsListeners).toBeUndefined();
    expect(ioredis(make(), { joins: false }).joins).toBe(false);
  });

  it.each(CLUSTERS)('takes a %s, in which one server does not know of all', (_, make) => {
    const adapter = ioredis(make());
    expect(adapter).toMatchObject({ joins: false, countsListeners: false });
    expect(adapter.waitReplicas).toBeUndefined();
    expect(() => ioredis(make(), { joins: true })).toThrow(
      'ioredis: joins must be false on a Cluster, where each server has a part of the keys',
    );
  });

  it('can not subscribe at a Cluster that knows no node, and is not disturbed by nodes that go', async () => {
    const client = new Cluster(NODES, LAZY);
    const adapter = ioredis(client);
    client.emit('-node', new Redis(LAZY));
    await expect(adapter.subscribe('channel', () => undefined)).rejects.toThrow(
      'the ioredis Cluster knows no node at present',
    );
    client.disconnect();
  });

  it.each<unknown>([
    undefined,
    null,
    {},
    'redis://:secret@host',
    new Redis(LAZY).pipeline(),
    new EventEmitter(),
  ])('refuses what is no client of ioredis: %#', (value) => {
    expect(() => ioredis(value as never)).toThrow(
      new TypeError('ioredis: client must be a Redis or a Cluster of the "ioredis" package, version 5 or 6'),
    );
  });

  it('says which adapter is for a client of the other package', () => {
    expect(() => ioredis(createClient() as never)).toThrow(
      /, version 5 or 6; this one is of "redis": use nodeRedis\(client\)$/,
    );
  });

  it.each<[string, () => IoredisClient]>([
    ['Redis', () => new Redis({ ...LAZY, keyPrefix: 'app:' })],
    ['Cluster', () => new Cluster(NODES, { ...LAZY, keyPrefix: 'app:' })],
    [
      'Cluster, in its redisOptions',
      () => new Cluster(NODES, { ...LAZY, redisOptions: { keyPrefix: 'app:' } }),
    ],
  ])('refuses a keyPrefix, under which the keys of a lock would not be together: %s', (_, make) => {
    expect(() => ioredis(make())).toThrow(/^ioredis: the client must not have a keyPrefix, such as "app:": /);
  });

  it('refuses options that it does not have', () => {
    const client = new Redis(LAZY);
    expect(() => ioredis(client, { joins: 1 } as never)).toThrow(
      'ioredis: joins must be true or false, not 1',
    );
    expect(() => ioredis(client, { join: true } as never)).toThrow(
      'ioredis: there is no option "join"; there are joins',
    );
  });

  it('connects a lazy client with the first step', async () => {
    const client = opened(LAZY);
    const adapter = ioredis(client);
    expect(client.status).toBe('wait');
    expect(await release(adapter)).toBe('lost');
    expect(client.status).toBe('ready');
  });

  it('runs again after the client was closed and connected again', async () => {
    const client = opened();
    const adapter = ioredis(client);
    await release(adapter);
    await closed(client);
    await expect(release(adapter)).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await expect(adapter.subscribe('channel', () => undefined)).rejects.toMatchObject({
      code: 'CLIENT_CLOSED',
    });
    await client.connect();
    expect(await release(adapter)).toBe('lost');
  });

  it('says at once that a client was closed while it looked for its server', async () => {
    const server = await startRedis();
    const client = opened({ port: server.port, retryStrategy: () => 10_000 });
    const adapter = ioredis(client);
    await release(adapter);
    await server.kill();
    await eventually(() => client.status, 'reconnecting');
    client.disconnect();
    await expect(release(adapter)).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await server.start();
    await client.connect();
    expect(await release(adapter)).toBe('lost');
  });

  it.each([
    ['NOAUTH', {}],
    ['WRONGPASS', { password: 'wrong' }],
  ])('tells %s, and whoever listens hears it as well', async (code, options) => {
    const { port } = await startRedis('--requirepass', 'secret');
    const adapter = ioredis(opened({ port, ...options }));
    await expect(release(adapter)).rejects.toThrow(new RegExp(`^${code} `));
    await expect(adapter.subscribe('channel', () => undefined)).rejects.toThrow(new RegExp(`^${code} `));
  });

  it('refuses further steps while 50,000 have no reply, and takes them again afterwards', async () => {
    const proxy = await startProxy(redis().port);
    const client = opened({ port: proxy.port, maxRetriesPerRequest: null });
    const adapter = ioredis(client);
    await release(adapter);
    await proxy.refuse();
    const replies = Array.from({ length: 100 }, () => releaseMany(adapter, 500));
    expect(readFailure(await rejection(release(adapter)), [])).toMatchObject({
      reason: 'BACKLOG',
      retryable: true,
      outcome: 'not-done',
    });
    await proxy.listen();
    expect(new Set((await Promise.all(replies)).flat())).toEqual(new Set(['lost']));
    expect(await release(adapter)).toBe('lost');
  });

  it('tells at once that a reply is lost with its connection, when the client does not send it again', async () => {
    const proxy = await startProxy(redis().port);
    const adapter = ioredis(opened({ port: proxy.port, autoResendUnfulfilledCommands: false }));
    await grant(adapter);
    proxy.set({ toClient: swallow });
    const lost = rejection(release(adapter));
    await eventually(() => redis().command('EXISTS', 'key'), 0);
    proxy.heal();
    expect(readFailure(await lost, [])).toMatchObject({
      reason: 'CONNECTION',
      retryable: true,
      outcome: 'unknown',
    });
    // What was asked for in between waits for the next connection.
    expect(await release(adapter)).toBe('lost');
  });

  describe('the connection for messages', () => {
    const sockets = (): number =>
      process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length;
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;

    it('is no reason for the process to live on, and neither is the pause before the next one', async () => {
      const client = opened();
      const adapter = ioredis(client);
      await release(adapter);
      const before = [sockets(), timers()];
      const proxy = await startProxy(redis().port);
      client.options.port = proxy.port;
      const stop = await adapter.subscribe('channel', () => undefined);
      // Of the proxy, which has one on either side, and of nobody else.
      expect(sockets()).toBe(before[0]! + 2);
      await proxy.refuse();
      await eventually(sockets, before[0]!);
      expect(timers()).toBe(before[1]);
      await stop();
    });

    it('is given up when the server does not answer and nobody waits for it any more', async () => {
      const client = opened();
      const adapter = ioredis(client);
      await release(adapter);
      const before = await connections();
      const abort = new AbortController();
      redis().freeze();
      const subscribing = rejection(adapter.subscribe('channel', () => undefined, abort.signal));
      await pause(50);
      const reason = new Error('closed');
      abort.abort(reason);
      expect(await subscribing).toBe(reason);
      redis().thaw();
      await eventually(connections, before);
      const late = adapter.subscribe('channel', () => undefined, AbortSignal.abort(reason));
      expect(await rejection(late)).toBe(reason);
      await eventually(connections, before);
    });

    it('is made again, with all channels, when somebody else listens, and not by the pauses alone', async () => {
      const server = await startRedis();
      const adapter = ioredis(opened({ port: server.port }));
      const heard: string[] = [];
      const stop = await adapter.subscribe('old', (message) => heard.push(message));
      await server.kill();
      const refused = adapter.subscribe('never', () => undefined);
      await expect(refused).rejects.toThrow();
      await server.start();
      const stopNew = await adapter.subscribe('new', (message) => heard.push(message));
      await server.command('PUBLISH', 'old', 'to the old');
      await server.command('PUBLISH', 'new', 'to the new');
      await eventually(() => heard.join(), 'to the old,to the new');
      expect(await server.command('PUBSUB', 'CHANNELS')).toHaveLength(2);
      await Promise.all([stop(), stopNew()]);
      await eventually(async () => String(await server.command('PUBSUB', 'CHANNELS')), '');
    });

    it('comes back when the server does, whoever closed the client meanwhile', async () => {
      const server = await startRedis();
      const client = opened({ port: server.port });
      const adapter = ioredis(client);
      let heard = 0;
      const stop = await adapter.subscribe('channel', () => heard++);
      await closed(client);
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await pause(200);
      expect(await server.command('PUBSUB', 'CHANNELS')).toEqual([]);
      await client.connect();
      await eventually(async () => String(await server.command('PUBSUB', 'CHANNELS')), 'channel');
      await server.command('PUBLISH', 'channel', 'message');
      await eventually(() => heard, 1);
      await stop();
    });
  });

  it('asks no connection for replicas but the one over which the lock was written', async () => {
    const client = opened();
    const adapter = ioredis(client);
    const { waitReplicas } = adapter;
    const keys = ['key', 'fence', 'queue', 'waiters'];
    await expect(waitReplicas!(keys, 1, 10)).rejects.toThrow('over another connection');
    await acquire(adapter);
    expect(await waitReplicas!(keys, 1, 10)).toBe(0);
    await redis().command('CLIENT', 'KILL', 'TYPE', 'normal');
    await eventually(() => client.status, 'ready');
    await expect(waitReplicas!(keys, 1, 10)).rejects.toThrow('over another connection');
    await acquire(adapter);
    expect(await waitReplicas!(keys, 1, 10)).toBe(0);
  });
});
