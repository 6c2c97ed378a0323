import { randomUUID } from 'node:crypto';

import { Redis } from 'ioredis';

const RELEASE =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

export const client = 'ioredis';
/** The floor of the libraries on ioredis, as raw-node-redis is for those on node-redis. */
export const floor = true;

export async function open(url) {
  const connection = new Redis(url);
  const release = await connection.script('LOAD', RELEASE);
  return {
    async withLock(key, body) {
      const token = randomUUID();
      if ((await connection.set(key, token, 'PX', 20_000, 'NX')) !== 'OK') throw new Error('taken');
      try {
        return await body();
      } finally {
        await connection.evalsha(release, 1, key, token);
      }
    },
    close: async () => connection.disconnect(),
  };
}
