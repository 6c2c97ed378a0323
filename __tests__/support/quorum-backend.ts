import { Redis } from 'ioredis';

import { type Adapter, glide, ioredis, nodeRedis } from '../../src/index.js';
import { type LockBackend, lockContract } from '../contracts/lock-contract.js';
import { GlideClients } from './glide-backend.js';
import { closed, ready } from './ioredis-backend.js';
import { pause } from './pause.js';
import type { RedisServer } from './redis-server.js';
import { MEMORY, startServers } from './several-servers.js';
import { storeOf } from './store-backend.js';

/** One program's client of one server, and how it is closed. */
type Connect = (server: RedisServer) => Promise<{ adapter: Adapter; close(): unknown }>;

const CLIENTS = {
  'node-redis 6': async (server) => ({
    adapter: nodeRedis(await server.client()),
    close: () => undefined,
  }),
  'ioredis 6': async ({ port }) => {
    const client = await ready(new Redis({ port, host: '127.0.0.1' }));
    return { adapter: ioredis(client), close: () => closed(client) };
  },
  'valkey-glide 2': async (server) => {
    const clients = new GlideClients(storeOf(server), [server.port]);
    return { adapter: glide(await clients.one()), close: () => clients.closeAll() };
  },
} satisfies Record<string, Connect>;

const PREFIXES = ['lock:', 'shop:', 'theirs:', '{l}:', ''];

/** The lock contract on three servers that decide by majority. @param dead - how many of them are gone */
export function quorumLockContract(client: keyof typeof CLIENTS, dead: 0 | 1): void {
  const title = `${client}, a majority of 3 servers${dead > 0 ? ', 1 of them dead' : ''}`;
  const lists = 'one after the other: see quorum.test.ts';
  lockContract(title, () => quorumBackend(CLIENTS[client], dead), { lists });
}

async function quorumBackend(connect: Connect, dead: number): Promise<LockBackend> {
  const servers = await startServers(3);
  for (const prefix of PREFIXES) await servers.trust(prefix);
  const [gone, alive] = [servers.all.slice(0, dead), servers.all.slice(dead)];
  const made: { close(): unknown }[] = [];
  const open = async (server: RedisServer): Promise<Adapter> => {
    const one = await connect(server);
    made.push(one);
    return one.adapter;
  };
  // They were connected once.
  const lost = await Promise.all(gone.map(connect));
  await Promise.all(gone.map((server) => server.kill()));
  const each = <Value>(task: (server: RedisServer) => Promise<Value>): Promise<Value[]> =>
    Promise.all(alive.map(task));
  return {
    options: { maxTtl: 60_000 },
    // Another program has other clients; a dead server makes no difference between them.
    connect: async () => [...lost.map(({ adapter }) => adapter), ...(await each(open))],
    get: async (key) => {
      const values = (await each((server) => server.command('GET', key))) as (string | null)[];
      // What a majority has is what counts: the last server may be a moment behind.
      // Each server notes the moment by its own clock.
      const tokenOf = (value: string | null): string | undefined => value?.split(' ')[0];
      const isMost = (value: string | null): boolean =>
        value !== null && values.filter((other) => tokenOf(other) === tokenOf(value)).length > 1;
      return values.find(isMost) ?? null;
    },
    async set(key, value, ttl) {
      const px = ttl === undefined ? [] : ['PX', String(ttl)];
      await each((server) => server.command('SET', key, value, ...px));
    },
    async delete(key) {
      await each((server) => server.command('DEL', key));
    },
    keys: async () => {
      const look = async (): Promise<string[]> => {
        const keys = new Set((await each((server) => server.command('KEYS', '*'))).flat() as string[]);
        return [...keys].filter((key) => !key.endsWith(':fence') && !key.endsWith(MEMORY));
      };
      // What a majority has given back is on its way to the last server.
      const before = await look();
      if (before.length > 0) await pause(20);
      const after = await look();
      return before.filter((key) => after.includes(key));
    },
    async stop() {
      await Promise.all(made.map((one) => one.close()));
      // What these wait for is a server that is gone.
      for (const one of lost) Promise.resolve(one.close()).catch(() => undefined);
      await servers.stop();
    },
  };
}
