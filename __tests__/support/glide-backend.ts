import {
  type BaseClientConfiguration,
  GlideClient,
  type GlideClientConfiguration,
  GlideClusterClient,
  Logger,
} from '@valkey/valkey-glide';

import { glide } from '../../src/index.js';
import type { AdapterBackend } from '../contracts/adapter-contract.js';
import { startCluster } from './redis-cluster.js';
import { startRedis } from './redis-server.js';
import { eventually } from './pause.js';
import { storeOfCluster } from './node-redis-topologies.js';
import { type Store, storeBackend, storeOf } from './store-backend.js';

// It prints every error that a server answers.
Logger.init('off');

/** The clients that a test makes, to be closed together. */
export class GlideClients {
  readonly #store: Store;
  readonly #settings: BaseClientConfiguration;
  readonly #open: { close(): void }[] = [];

  /** @param store - for what is not closed soon enough */
  constructor(store: Store, ports: readonly number[]) {
    this.#store = store;
    this.#settings = {
      addresses: ports.map((port) => ({ host: '127.0.0.1', port })),
      // By which the servers find them.
      clientName: 'glide',
      // As the docs say.
      requestTimeout: 2_000,
    };
  }

  async one(settings?: Partial<GlideClientConfiguration>): Promise<GlideClient> {
    const client = await GlideClient.createClient({ ...this.#settings, ...settings });
    this.#open.push(client);
    return client;
  }

  async ofCluster(settings?: Partial<BaseClientConfiguration>): Promise<GlideClusterClient> {
    const client = await GlideClusterClient.createClient({ ...this.#settings, ...settings });
    this.#open.push(client);
    return client;
  }

  /** Resolves when no server knows of any more. By itself, a closed client leaves its connections open for 3 s. */
  async closeAll(): Promise<void> {
    for (const client of this.#open.splice(0)) client.close();
    await eventually(
      async () => {
        const lists = (await this.#store.everywhere('CLIENT', 'LIST')).join('\n');
        const left = [...lists.matchAll(/^id=(\d+) .* name=glide /gm)].map(([, id]) => id!);
        await Promise.all(
          left.map((id) => this.#store.everywhere('CLIENT', 'KILL', 'ID', id).catch(() => 0)),
        );
        return left.length;
      },
      0,
      20_000,
    );
  }
}

/** Settings of GLIDE under test: of the client, and of the one for messages. */
interface GlideSettings {
  readonly client?: Partial<GlideClientConfiguration>;
  readonly subscriber?: Partial<GlideClientConfiguration>;
}

/** A real server, which the adapter reaches through a GlideClient. */
export async function glideBackend(settings: GlideSettings = {}): Promise<AdapterBackend> {
  const server = await startRedis();
  const store = storeOf(server);
  const clients = new GlideClients(store, [server.port]);
  const backend = storeBackend(store, {
    async open(user) {
      const credentials = user === undefined ? {} : { credentials: user };
      return glide(await clients.one({ ...credentials, ...settings.client }), {
        subscriber: () => clients.one({ ...credentials, ...settings.subscriber }),
      });
    },
    async openClosed() {
      const [used, lazy] = [await clients.one(), await clients.one({ lazyConnect: true })];
      used.close();
      lazy.close();
      return [glide(used), glide(lazy)];
    },
    closeAll: () => clients.closeAll(),
  });
  // GLIDE does not tell why.
  return { ...backend, refusal: /^the GLIDE client did not change its subscriptions within 1000 ms$/ };
}

/** A real Cluster, which the adapter reaches through a GlideClusterClient. */
export async function glideClusterBackend(): Promise<AdapterBackend> {
  const cluster = await startCluster();
  const store = storeOfCluster(cluster);
  const clients = new GlideClients(store, cluster.ports);
  return storeBackend(store, {
    open: async () => glide(await clients.ofCluster(), { subscriber: () => clients.ofCluster() }),
    closeAll: () => clients.closeAll(),
  });
}
