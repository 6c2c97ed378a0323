import { Redis } from 'ioredis';
import Redlock from 'redlock-4';

export const client = 'ioredis';

/** Its own pause between two tries (200 ms ± 100), and as many of them as it takes. */
export async function open(url) {
  const connection = new Redis(url);
  const redlock = new Redlock([connection], { retryCount: -1 });
  redlock.on('clientError', () => undefined);
  return {
    async withLock(key, body) {
      const lock = await redlock.lock(key, 20_000);
      try {
        return await body();
      } finally {
        await lock.unlock();
      }
    },
    close: async () => connection.disconnect(),
  };
}
