import { once } from 'node:events';

import type { IoredisSubscriber } from '../../src/adapters/ioredis-inbox.js';
import { ioredis, type IoredisRedis } from '../../src/index.js';
import type { AdapterBackend } from '../contracts/adapter-contract.js';
import type { LockBackend } from '../contracts/lock-contract.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { storeOf } from './redis-store.js';

/** What the tests need of a client besides what the adapter needs. */
export interface TestedClient extends IoredisRedis, IoredisSubscriber {
  on(event: string, listener: (...args: any[]) => void): unknown;
  once(event: string, listener: (...args: any[]) => void): this;
  connect(): Promise<void>;
  quit(): Promise<unknown>;
  disconnect(): void;
}

/** How a client of the version and the settings under test is made. */
export type MakeClient = (options: {
  port: number;
  host: string;
  username?: string;
  password?: string;
}) => TestedClient;

/** Closes at once, and resolves when that is done. */
export async function closed(client: Pick<TestedClient, 'status' | 'disconnect' | 'once'>): Promise<void> {
  if (client.status === 'end') return;
  const ended = new Promise((resolve) => client.once('end', resolve));
  client.disconnect();
  // Between two connections it only stops looking for the next one, and says nothing.
  if (client.status !== 'reconnecting') await ended;
}

/** A real server, which the adapter reaches through the clients that `make` makes. */
export async function ioredisBackend(make: MakeClient, start = startRedis): Promise<AdapterBackend> {
  const server: RedisServer = await start();
  const clients: Pick<TestedClient, 'status' | 'disconnect' | 'once'>[] = [];

  async function open(user: { username?: string; password?: string } = {}): Promise<TestedClient> {
    const client = make({ host: '127.0.0.1', port: server.port, ...user });
    client.on('error', () => undefined);
    clients.push(client);
    // A test may leave the connection for messages behind, also by failing.
    const duplicate = client.duplicate.bind(client);
    client.duplicate = (settings) => {
      const copy = duplicate(settings) as TestedClient;
      clients.push(copy);
      return copy;
    };
    if (client.status !== 'ready') await once(client as unknown as NodeJS.EventEmitter, 'ready');
    return client;
  }
  const closeAll = (): Promise<unknown> => Promise.all(clients.splice(0).map(closed));

  return {
    server,
    open: async (user) => ioredis(await open(user)),
    async openClosed() {
      const [left, cut] = [await open(), await open()];
      const ended = new Promise((resolve) => left.once('end', resolve));
      await left.quit();
      await Promise.all([ended, closed(cut)]);
      return [ioredis(left), ioredis(cut)];
    },
    ...storeOf(server),
    async clear() {
      await closeAll();
      await server.command('FLUSHALL');
    },
    async stop() {
      await closeAll();
      await server.stop();
    },
  };
}

/** The same for the lock contract. */
export async function ioredisLocks(make: MakeClient): Promise<LockBackend> {
  const backend = await ioredisBackend(make);
  return {
    ...backend,
    connect: () => backend.open(),
    keys: async () => (await backend.keys()).filter((key) => !key.endsWith(':fence')),
  };
}
