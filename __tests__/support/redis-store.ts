import type { AdapterBackend } from '../contracts/adapter-contract.js';
import type { RedisServer } from './redis-server.js';

/** What another program sees and does on a real server. */
export function storeOf({
  command,
}: RedisServer): Pick<
  AdapterBackend,
  'get' | 'set' | 'delete' | 'keys' | 'ttl' | 'publish' | 'waiting' | 'enqueue'
> {
  return {
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
  };
}
