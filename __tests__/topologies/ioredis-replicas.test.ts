import { Redis as Redis6 } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';

import { ioredis } from '../../src/index.js';
import { rejection } from '../support/deferred.js';
import { startProxy, swallow } from '../support/fault-proxy.js';
import { type Closable, closed, type TestedRedis } from '../support/ioredis-backend.js';
import { eventually } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { acquire, KEYS } from '../support/scripts.js';

const keys = [KEYS.lock, KEYS.fence, KEYS.queue, KEYS.waiters];

describe.each<[string, (port: number) => TestedRedis]>([
  ['ioredis 6', (port) => new Redis6({ host: '127.0.0.1', port, stringNumbers: true })],
  ['ioredis 5', (port) => new Redis5({ host: '127.0.0.1', port, stringNumbers: true })],
])('waitReplicas of %s', (_, make) => {
  let server: RedisServer;
  let replica: RedisServer;
  const clients: Closable[] = [];
  beforeAll(async () => {
    server = await startRedis('--repl-diskless-sync-delay', '0');
    replica = await startRedis('--replicaof', '127.0.0.1', String(server.port));
    await eventually(
      async () => String(await server.command('INFO', 'replication')).includes('state=online'),
      true,
    );
  });
  afterEach(async () => {
    replica.thaw();
    await Promise.all(clients.splice(0).map(closed));
    await server.command('FLUSHALL');
  });
  const open = (port = server.port) => {
    const client = make(port);
    client.on('error', () => undefined);
    clients.push(client);
    return ioredis(client);
  };

  it('tells how many have what was written', async () => {
    const adapter = open();
    await acquire(adapter);
    expect(await adapter.waitReplicas!(keys, 1, 5_000)).toBe(1);
    replica.freeze();
    await acquire(adapter);
    expect(await adapter.waitReplicas!(keys, 1, 50)).toBe(0);
  });

  it('tells nothing when its connection is lost meanwhile, and the question sent again over the next one', async () => {
    const proxy = await startProxy(server.port);
    const adapter = open(proxy.port);
    await acquire(adapter);
    proxy.set({ toClient: swallow });
    const asked = rejection(adapter.waitReplicas!(keys, 1, 100));
    proxy.heal();
    expect(await asked).toMatchObject({ message: expect.stringContaining('over another connection') });
  });
});
