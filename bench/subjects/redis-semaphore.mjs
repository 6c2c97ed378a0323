import { Redis } from 'ioredis';
import { Mutex } from 'redis-semaphore';

export const client = 'ioredis';

/** Its own pause between two tries (10 ms), and as long as it takes. */
export async function open(url) {
  const connection = new Redis(url);
  return {
    async withLock(key, body) {
      const mutex = new Mutex(connection, key, { lockTimeout: 20_000, acquireTimeout: 3_600_000 });
      await mutex.acquire();
      try {
        return await body();
      } finally {
        await mutex.release();
      }
    },
    close: async () => connection.disconnect(),
  };
}
