import { type Adapter, nodeRedis } from '../../src/index.js';
import { type RedisServer, startRedis } from './redis-server.js';

/** Independent servers, as several machines of which each has a Redis. */
export interface SeveralServers {
  readonly all: readonly RedisServer[];
  /** Another program's clients, one for each server, which look for a server that is gone every 20 ms. */
  connect(): Promise<Adapter[]>;
  /** Says to each server that it remembers since long ago: then it grants locks at once. */
  trust(prefix?: string): Promise<void>;
  /** Does a command on every server that is given. */
  command(...command: string[]): Promise<unknown[]>;
  stop(): Promise<void>;
}

/** Where a server notes since when it remembers. */
export const MEMORY = '~memory';

export async function startServers(count: number, ...options: string[]): Promise<SeveralServers> {
  const all = await Promise.all(Array.from({ length: count }, () => startRedis(...options)));
  const command = (...words: string[]): Promise<unknown[]> =>
    Promise.all(all.map((server) => server.command(...words)));
  return {
    all,
    command,
    async connect() {
      const clients = await Promise.all(all.map((server) => server.client({ reconnectDelay: 20 })));
      return clients.map((client) => nodeRedis(client));
    },
    async trust(prefix = 'lock:') {
      await command('SET', prefix + MEMORY, '1');
    },
    async stop() {
      await Promise.all(all.map((server) => server.stop()));
    },
  };
}
