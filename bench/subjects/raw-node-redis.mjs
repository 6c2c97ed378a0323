import { randomUUID } from 'node:crypto';

import { createClient } from 'redis';

const RELEASE =
  "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end return 0";

export const client = 'node-redis';
/** The floor: what the two commands cost by hand. It does not wait, so it is in no workload that contends. */
export const floor = true;

export async function open(url) {
  const connection = createClient({ url });
  await connection.connect();
  const release = await connection.scriptLoad(RELEASE);
  return {
    async withLock(key, body) {
      const token = randomUUID();
      if ((await connection.set(key, token, { NX: true, PX: 20_000 })) !== 'OK') throw new Error('taken');
      try {
        return await body();
      } finally {
        await connection.evalSha(release, { keys: [key], arguments: [token] });
      }
    },
    close: async () => connection.destroy(),
  };
}
