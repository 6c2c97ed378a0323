import type { IoredisSubscriber } from '../../src/adapters/ioredis-inbox.js';
import {
  type Adapter,
  ioredis,
  type IoredisClient,
  type IoredisCluster,
  type IoredisRedis,
} from '../../src/index.js';
import type { AdapterBackend } from '../contracts/adapter-contract.js';
import { storeOfCluster } from './node-redis-topologies.js';
import { startCluster } from './redis-cluster.js';
import { startSentinel } from './redis-sentinel.js';
import { startRedis } from './redis-server.js';
import { type Store, storeBackend, storeOf } from './store-backend.js';

/** Something that is closed behind a test. */
export interface Closable {
  readonly status: string;
  once(event: 'ready' | 'end', listener: () => void): unknown;
  on(event: 'error', listener: () => void): unknown;
  disconnect(): void;
}

/** What the tests need of a client besides what the adapter needs. */
type Openable = Closable & {
  connect(): Promise<void>;
  quit(): Promise<unknown>;
};
export type TestedRedis = IoredisRedis & Openable;
export type TestedCluster = IoredisCluster & Openable;

/** How a client of the version and the settings under test is made. */
export type MakeRedis = (options: {
  port: number;
  host: string;
  username?: string;
  password?: string;
}) => TestedRedis;

/** Closes at once, and resolves when that is done. */
export async function closed(client: Closable): Promise<void> {
  if (client.status === 'end') return;
  const ended = new Promise<void>((resolve) => client.once('end', resolve));
  client.disconnect();
  // Between two connections it only stops looking for the next one, and says nothing.
  if (client.status !== 'reconnecting') await ended;
}

/** Resolves when it can be used. */
export async function ready<Client extends Closable>(client: Client): Promise<Client> {
  client.on('error', () => undefined);
  if (client.status !== 'ready') await new Promise<void>((resolve) => client.once('ready', resolve));
  return client;
}

/** A test may leave its connection for messages behind, also by failing. */
function keepDuplicates(client: IoredisRedis, keep: (copy: Closable) => void): void {
  const duplicate = client.duplicate.bind(client);
  client.duplicate = (settings) => {
    const copy = duplicate(settings);
    keep(copy as IoredisSubscriber & Closable);
    return copy;
  };
}

/** A store of any kind, which the adapter reaches through clients of any kind. */
function backendOf(
  store: Store,
  make: (user: { username?: string; password?: string }) => IoredisClient & Openable,
): AdapterBackend {
  const clients: Closable[] = [];
  const keep = (one: Closable): void => void clients.push(one);
  const open = async (user = {}): Promise<IoredisClient & Openable> => {
    const client = make(user);
    keep(client);
    await ready(client);
    for (const one of 'nodes' in client ? client.nodes() : [client]) keepDuplicates(one, keep);
    return client;
  };
  const openClosed = async (): Promise<Adapter[]> => {
    const [left, cut] = [await open(), await open()];
    const ended = new Promise<void>((resolve) => left.once('end', resolve));
    await left.quit();
    await Promise.all([ended, closed(cut)]);
    return [ioredis(left), ioredis(cut)];
  };
  return storeBackend(store, {
    open: async (user) => ioredis(await open(user)),
    openClosed,
    closeAll: async () => {
      await Promise.all(clients.splice(0).map(closed));
    },
  });
}

/** A real server, which the adapter reaches through the clients that `make` makes. */
export async function ioredisBackend(make: MakeRedis): Promise<AdapterBackend> {
  const server = await startRedis();
  return backendOf(storeOf(server), (user) => make({ host: '127.0.0.1', port: server.port, ...user }));
}

/** A Cluster of its own, through clients that `make` makes. */
export async function ioredisClusterBackend(
  make: (nodes: { host: string; port: number }[]) => TestedCluster,
): Promise<AdapterBackend> {
  const cluster = await startCluster();
  const nodes = cluster.ports.map((port) => ({ host: '127.0.0.1', port }));
  return backendOf(storeOfCluster(cluster), () => make(nodes));
}

/** A server of its own behind Sentinels, through clients that `make` makes. */
export async function ioredisSentinelBackend(
  make: (options: { name: string; sentinels: { host: string; port: number }[] }) => TestedRedis,
): Promise<AdapterBackend> {
  const sentinel = await startSentinel();
  const store: Store = {
    at: (_key, ...command) => sentinel.command(0, ...command),
    everywhere: async (...command) => [await sentinel.command(0, ...command)],
    stop: () => sentinel.stop(),
  };
  return backendOf(store, () => make({ name: sentinel.name, sentinels: [...sentinel.addresses] }));
}
