import { Redis } from 'ioredis';
import { createClient } from 'redis';

import { type Adapter, ioredis, nodeRedis } from '../../src/index.js';

/** A connected client of an application, which connects again soon. */
export interface Client {
  readonly adapter: Adapter;
  close(): void;
}

const AGAIN = 50;

/** Which clients there are. */
export const CLIENTS = ['node-redis', 'ioredis'] as const;

/** Resolves when it is connected for the first time. */
export async function openClient(kind: string, port: number): Promise<Client> {
  if (kind === 'ioredis') {
    const client = new Redis({ host: '127.0.0.1', port, retryStrategy: () => AGAIN, lazyConnect: true });
    client.on('error', () => undefined);
    await client.connect().catch(() => undefined);
    return { adapter: ioredis(client), close: () => client.disconnect() };
  }
  const client = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: AGAIN } });
  client.on('error', () => undefined);
  await client.connect();
  return { adapter: nodeRedis(client), close: () => client.destroy() };
}
