import { createClient } from 'redis';
import mutex from 'simple-redis-mutex';

export const client = 'node-redis';

/** All its own settings: it waits for ever, and looks again every 10 s when no message comes. */
export async function open(url) {
  const connection = createClient({ url });
  await connection.connect();
  return {
    async withLock(key, body) {
      const release = await mutex.lock(connection, key);
      try {
        return await body();
      } finally {
        await release();
      }
    },
    close: async () => connection.destroy(),
  };
}
