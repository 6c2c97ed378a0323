import { createClient } from 'redis';

/** A connected client of the service. */
export type Redis = Awaited<ReturnType<typeof connect>>;

export async function connect(url: string) {
  const client = createClient({ url });
  // node-redis reconnects by itself. Without a listener, its error event would end the process.
  client.on('error', (error: Error) => console.error(`redis: ${error.message}`));
  return client.connect();
}
