import { createClient } from 'redis';

import { createLocker, nodeRedis } from '../../dist/esm/index.js';

export const client = 'node-redis';

/** All defaults, but for the timeout: some workloads wait longer than 40 s on a slow machine. */
export async function open(url) {
  const connection = createClient({ url });
  await connection.connect();
  const locker = createLocker(nodeRedis(connection), { timeout: Infinity });
  return {
    withLock: (key, body) => locker.withLock(key, body),
    async close() {
      await locker.close();
      connection.destroy();
    },
  };
}
