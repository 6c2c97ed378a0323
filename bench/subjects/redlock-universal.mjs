import { createClient } from 'redis';
import { createLock, NodeRedisAdapter } from 'redlock-universal';

export const client = 'node-redis';

const SILENT = { debug() {}, info() {}, warn() {}, error() {} };

/** Its own pause between two tries (100 ms), and as many of them as it takes. */
export async function open(url) {
  const connection = createClient({ url });
  await connection.connect();
  const adapter = new NodeRedisAdapter(connection);
  return {
    withLock: (key, body) =>
      createLock({ adapter, key, ttl: 20_000, retryAttempts: 1_000_000, logger: SILENT }).using(body),
    close: async () => connection.destroy(),
  };
}
