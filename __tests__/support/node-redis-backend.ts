import { nodeRedis, type NodeRedisClient } from '../../src/index.js';
import type { AdapterBackend } from '../contracts/adapter-contract.js';
import { startRedis } from './redis-server.js';

/** What the tests need of a client besides what the adapter needs. */
export interface ConnectableClient extends NodeRedisClient {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

/** How a client of the version and the settings under test is made. */
export type MakeClient = (options: {
  url: string;
  username?: string;
  password?: string;
}) => ConnectableClient;

/** A real server, which the adapter reaches through the clients that `make` makes. */
export async function nodeRedisBackend(make: MakeClient): Promise<AdapterBackend> {
  const server = await startRedis();
  const { command, url } = server;
  const connections: Pick<ConnectableClient, 'isOpen' | 'destroy'>[] = [];

  function client(options: { username?: string; password?: string } = {}): ConnectableClient {
    const made = make({ url, ...options });
    made.on('error', () => undefined);
    const duplicate = made.duplicate.bind(made);
    // A failing test may leave one behind, which would look for its server for ever.
    made.duplicate = () => {
      const copy = duplicate();
      connections.push(copy);
      return copy;
    };
    connections.push(made);
    return made;
  }

  function closeAll(): void {
    for (const connection of connections.splice(0)) if (connection.isOpen) connection.destroy();
  }

  return {
    server,
    async open(user) {
      const opened = client(user);
      await opened.connect();
      return nodeRedis(opened);
    },
    async openClosed() {
      const closed = client();
      await closed.connect();
      closed.destroy();
      return [nodeRedis(client()), nodeRedis(closed)];
    },
    get: async (key) => (await command('GET', key)) as string | null,
    async set(key, value, ttl) {
      await command('SET', key, value, ...(ttl === undefined ? [] : ['PX', String(ttl)]));
    },
    async delete(key) {
      await command('DEL', key);
    },
    keys: async () => (await command('KEYS', '*')) as string[],
    ttl: async (key) => (await command('PTTL', key)) as number,
    async publish(channel, message) {
      await command('PUBLISH', channel, message);
    },
    async waiting({ queue, waiters }) {
      const tokens = (await command('ZRANGE', queue, '0', '-1')) as string[];
      const notes = (await command('HGETALL', waiters)) as string[];
      return tokens.map((token) => [token, notes[notes.indexOf(token) + 1]!]);
    },
    async enqueue({ queue, waiters }, token, note) {
      const [s, us] = (await command('TIME')) as [string, string];
      await command('ZADD', queue, s + us.padStart(6, '0'), token);
      await command('HSET', waiters, token, note);
    },
    async clear() {
      closeAll();
      await command('FLUSHALL');
    },
    async stop() {
      closeAll();
      await server.stop();
    },
  };
}
