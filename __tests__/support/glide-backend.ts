import { GlideClient, type GlideClientConfiguration, Logger } from '@valkey/valkey-glide';

import { glide, type GlideOptions } from '../../src/index.js';
import type { AdapterBackend } from '../contracts/adapter-contract.js';
import type { LockBackend } from '../contracts/lock-contract.js';
import { eventually } from './pause.js';
import { type RedisServer, startRedis } from './redis-server.js';
import { storeOf } from './redis-store.js';

// It prints every error that a server answers.
Logger.init('off');

/** How a client is set that the tests make: as the docs say, with a name by which the server finds it. */
const SETTINGS = { clientName: 'glide', requestTimeout: 2_000 };

/** Settings of GLIDE under test: of the client, and of the one for messages. */
export interface GlideSettings {
  readonly client?: Partial<GlideClientConfiguration>;
  readonly subscriber?: Partial<GlideClientConfiguration>;
}

/** The clients of one server or more, which are closed together. */
export class GlideClients {
  readonly #server: RedisServer;
  readonly #open: { close(): void }[] = [];

  constructor(server: RedisServer) {
    this.#server = server;
  }

  async make(settings?: Partial<GlideClientConfiguration>): Promise<GlideClient> {
    const addresses = [{ host: '127.0.0.1', port: this.#server.port }];
    const client = await GlideClient.createClient({ addresses, ...SETTINGS, ...settings });
    this.#open.push(client);
    return client;
  }

  /** Resolves when the server knows of none any more. By itself, a closed client leaves its connection open for 3 s. */
  async closeAll(): Promise<void> {
    for (const client of this.#open.splice(0)) client.close();
    await eventually(async () => {
      const list = (await this.#server.command('CLIENT', 'LIST')) as string;
      const left = [...list.matchAll(/^id=(\d+) .* name=glide /gm)].map(([, id]) => id!);
      await Promise.all(left.map((id) => this.#server.command('CLIENT', 'KILL', 'ID', id)));
      return left.length;
    }, 0);
  }
}

/** A real server, which the adapter reaches through a GlideClient. */
export async function glideBackend(settings: GlideSettings = {}): Promise<AdapterBackend> {
  const server = await startRedis();
  const clients = new GlideClients(server);
  const open = async (user?: { username: string; password: string }, options?: GlideOptions) => {
    const credentials = user === undefined ? {} : { credentials: user };
    return glide(await clients.make({ ...credentials, ...settings.client }), {
      subscriber: () => clients.make({ ...credentials, ...settings.subscriber }),
      ...options,
    });
  };
  return {
    server,
    open,
    async openClosed() {
      const [used, lazy] = [await clients.make(), await clients.make({ lazyConnect: true })];
      used.close();
      lazy.close();
      return [glide(used), glide(lazy)];
    },
    // GLIDE does not tell why.
    refusal: /^the GLIDE client did not change its subscriptions within 1000 ms$/,
    ...storeOf(server),
    async clear() {
      await clients.closeAll();
      await server.command('FLUSHALL');
    },
    async stop() {
      await clients.closeAll();
      await server.stop();
    },
  };
}

/** The same for the lock contract. */
export async function glideLocks(): Promise<LockBackend> {
  const backend = await glideBackend();
  return {
    ...backend,
    connect: () => backend.open(),
    keys: async () => (await backend.keys()).filter((key) => !key.endsWith(':fence')),
  };
}
