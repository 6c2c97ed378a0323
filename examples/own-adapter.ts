/** How do I use latchkey with a client that it has no adapter for? With an adapter of my own, which has to prove itself. */
import { after, test } from 'node:test';

import type { Adapter } from 'latchkey';
import { adapterContract } from 'latchkey/testing';
import { createClient } from 'redis';

const create = () => createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' });

type Client = ReturnType<typeof create>;

/** Of some client that can send any command, and of another one for messages. */
function ownAdapter(client: Client, subscriber: Client): Adapter {
  return {
    // One server has all keys.
    joins: true,
    async run({ sha1, source }, keys, args) {
      const rest = [String(keys.length), ...keys, ...args];
      try {
        return await client.sendCommand(['EVALSHA', sha1, ...rest]);
      } catch (error) {
        // Nothing else is tried again: the step may have been done.
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
        return client.sendCommand(['EVAL', source, ...rest]);
      }
    },
    async subscribe(channel, listener, signal) {
      // A function of its own: the same listener may be there twice.
      const deliver = (message: string): void => listener(message);
      const unsubscribe = () => subscriber.unsubscribe(channel, deliver);
      await subscriber.subscribe(channel, deliver);
      if (signal?.aborted) {
        await unsubscribe();
        throw signal.reason;
      }
      return unsubscribe;
    },
  };
}

const clients: Client[] = [];

async function connect(): Promise<Client> {
  const client = create();
  client.on('error', console.error);
  await client.connect();
  clients.push(client);
  return client;
}

for (const check of adapterContract) {
  await test(check.name, () => check.run(async () => ownAdapter(await connect(), await connect())));
}

after(() => Promise.all(clients.map((client) => client.close())));
