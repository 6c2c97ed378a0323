import { EventEmitter } from 'node:events';

import { createClient } from 'redis';

import { readFailure } from '../../../src/core/failure.js';
import { nodeRedis } from '../../../src/index.js';
import { adapterContract } from '../../contracts/adapter-contract.js';
import { type ConnectableClient, nodeRedisBackend } from '../../support/node-redis-backend.js';
import { rejection } from '../../support/deferred.js';
import { eventually, pause } from '../../support/pause.js';
import { startRedis } from '../../support/redis-server.js';
import { release, releaseMany } from '../../support/scripts.js';

adapterContract('node-redis 6', () => nodeRedisBackend((options) => createClient(options)));

const OF_VERSION_4: object = { eval: jest.fn(), evalSha: jest.fn(), duplicate: jest.fn() };

describe('nodeRedis', () => {
  const clients: ConnectableClient[] = [];
  afterEach(() => {
    for (const client of clients.splice(0)) if (client.isOpen) client.destroy();
  });

  const closedAfter = <Client extends ConnectableClient>(client: Client): Client => {
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };

  it.each<unknown>([undefined, null, {}, { evalSha: () => undefined }, OF_VERSION_4, new EventEmitter()])(
    'refuses what is no client of node-redis: %p',
    (value) => {
      expect(() => nodeRedis(value as never)).toThrow(
        new TypeError('nodeRedis: client must be a client of the "redis" package, version 5 or 6'),
      );
    },
  );

  it('runs on a client that is still connecting', async () => {
    const { url } = await startRedis();
    const client = closedAfter(createClient({ url }));
    const connecting = client.connect();
    expect(await release(nodeRedis(client))).toBe('lost');
    await connecting;
  });

  it('runs again after the client was closed and connected again', async () => {
    const { url } = await startRedis();
    const client = closedAfter(createClient({ url }));
    const adapter = nodeRedis(client);
    await client.connect();
    client.destroy();
    await expect(release(adapter)).rejects.toMatchObject({ code: 'CLIENT_CLOSED' });
    await client.connect();
    expect(await release(adapter)).toBe('lost');
  });

  it('tells NOAUTH when the server wants a password that the client does not have', async () => {
    const { url } = await startRedis('--requirepass', 'secret');
    const client = closedAfter(createClient({ url, RESP: 2 }));
    await client.connect();
    await expect(release(nodeRedis(client))).rejects.toThrow(/^NOAUTH/);
  });

  describe('a client that does not reconnect', () => {
    const open = async () => {
      const server = await startRedis();
      await server.command('ACL', 'SETUSER', 'user', 'on', '>secret', '~*', '&*', '+@all');
      const client = closedAfter(
        createClient({
          url: server.url,
          username: 'user',
          password: 'secret',
          socket: { reconnectStrategy: false },
        }),
      );
      await client.connect();
      return { server, adapter: nodeRedis(client) };
    };

    it('can subscribe once the connection for messages can be made, after it could not', async () => {
      const { server, adapter } = await open();
      await server.command('ACL', 'SETUSER', 'user', 'resetpass', '>other');
      await expect(adapter.subscribe('channel', () => undefined)).rejects.toThrow(/^WRONGPASS/);
      await server.command('ACL', 'SETUSER', 'user', '>secret');
      let heard = 0;
      const stop = await adapter.subscribe('channel', () => heard++);
      await server.command('PUBLISH', 'channel', 'message');
      await eventually(() => heard, 1);
      await stop();
    });

    it('gets a new connection for messages when the last one is gone for good', async () => {
      const { server, adapter } = await open();
      let deaf = 0;
      const stopDeaf = await adapter.subscribe('channel', () => deaf++);
      await server.command('CLIENT', 'KILL', 'TYPE', 'pubsub');
      await pause(20);
      await server.command('ACL', 'SETUSER', 'user', 'resetpass');
      await expect(adapter.subscribe('channel', () => undefined)).rejects.toThrow(/^WRONGPASS/);
      await server.command('ACL', 'SETUSER', 'user', '>secret');
      let heard = 0;
      const stop = await adapter.subscribe('channel', () => heard++);
      await stopDeaf();
      await server.command('PUBLISH', 'channel', 'message');
      await eventually(() => heard, 1);
      await stop();
      await eventually(async () => String(await server.command('CLIENT', 'LIST', 'TYPE', 'pubsub')), '');
    });
  });

  it('refuses further steps while 50,000 have no reply, and takes them again afterwards', async () => {
    const server = await startRedis();
    const client = closedAfter(createClient({ url: server.url }));
    await client.connect();
    const adapter = nodeRedis(client);
    process.kill(server.pid, 'SIGSTOP');
    const replies = Array.from({ length: 100 }, () => releaseMany(adapter, 500));
    expect(readFailure(await rejection(release(adapter)), [])).toMatchObject({
      reason: 'BACKLOG',
      retryable: true,
      outcome: 'not-done',
    });
    process.kill(server.pid, 'SIGCONT');
    expect(new Set((await Promise.all(replies)).flat())).toEqual(new Set(['lost']));
    expect(await release(adapter)).toBe('lost');
  });
});
