import type { AdapterBackend } from '../contracts/adapter-contract.js';
import type { LockBackend } from '../contracts/lock-contract.js';
import type { RedisServer } from './redis-server.js';

/** Where the keys are: one server or several. */
export interface Store {
  /** Sends a command to the server that has the key. */
  at(key: string, ...command: string[]): Promise<unknown>;
  /** Sends a command to every server that has keys. */
  everywhere(...command: string[]): Promise<unknown[]>;
  stop(): Promise<void>;
  /** The one server that it is, if it is one and nobody minds what is done to it. */
  readonly server?: RedisServer;
}

/** One server, as a store. */
export function storeOf(server: RedisServer): Store {
  return {
    server,
    at: (_key, ...command) => server.command(...command),
    everywhere: async (...command) => [await server.command(...command)],
    stop: () => server.stop(),
  };
}

/** What a backend for the contracts is made of, besides its clients. */
export function storeBackend(
  store: Store,
  clients: Pick<AdapterBackend, 'open' | 'openClosed'> & { closeAll(): Promise<void> | void },
): AdapterBackend {
  const { at, everywhere } = store;
  const { closeAll, ...opening } = clients;
  return {
    ...opening,
    ...(store.server !== undefined && { server: store.server }),
    get: async (key) => (await at(key, 'GET', key)) as string | null,
    async set(key, value, ttl) {
      await at(key, 'SET', key, value, ...(ttl === undefined ? [] : ['PX', String(ttl)]));
    },
    async delete(key) {
      await at(key, 'DEL', key);
    },
    keys: async () => ((await everywhere('KEYS', '*')) as string[][]).flat(),
    ttl: async (key) => (await at(key, 'PTTL', key)) as number,
    async publish(channel, message) {
      // To any server: those of a Cluster tell each other.
      await at(channel, 'PUBLISH', channel, message);
    },
    async waiting({ queue, waiters }) {
      const tokens = (await at(queue, 'ZRANGE', queue, '0', '-1')) as string[];
      const notes = (await at(waiters, 'HGETALL', waiters)) as string[];
      return tokens.map((token) => [token, notes[notes.indexOf(token) + 1]!]);
    },
    async enqueue({ queue, waiters }, token, note) {
      const [s, us] = (await at(queue, 'TIME')) as [string, string];
      await at(queue, 'ZADD', queue, s + us.padStart(6, '0'), token);
      await at(waiters, 'HSET', waiters, token, note);
    },
    async clear() {
      await closeAll();
      await everywhere('FLUSHALL');
    },
    async stop() {
      await closeAll();
      await store.stop();
    },
  };
}

/** The same store for the lock contract, to which the fencing tokens that stay are no keys. */
export function lockBackendOf(backend: AdapterBackend): LockBackend {
  return {
    connect: () => backend.open(),
    get: backend.get,
    set: backend.set,
    delete: backend.delete,
    keys: async () => (await backend.keys()).filter((key) => !key.endsWith(':fence')),
    stop: backend.stop,
  };
}
