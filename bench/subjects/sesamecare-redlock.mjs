import { Redlock } from '@sesamecare-oss/redlock';
import { Redis } from 'ioredis';

export const client = 'ioredis';

/** Its own pause between two tries (200 ms ± 100), and as many of them as it takes. */
export async function open(url) {
  const connection = new Redis(url);
  const redlock = new Redlock([connection], { retryCount: -1 });
  redlock.on('error', () => undefined);
  return {
    withLock: (key, body) => redlock.using([key], 20_000, body),
    close: async () => connection.disconnect(),
  };
}
