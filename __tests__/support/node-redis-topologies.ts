import { createClient, createClientPool, createCluster, createSentinel } from 'redis';
import * as redis5 from 'redis-5';

import type { NodeRedisPool } from '../../src/index.js';
import type { AdapterBackend } from '../contracts/adapter-contract.js';
import { clientsBackend, type User } from './node-redis-backend.js';
import { type RedisCluster, startCluster } from './redis-cluster.js';
import { type RedisSentinel, startSentinel } from './redis-sentinel.js';
import { startRedis } from './redis-server.js';
import { type Store, storeOf } from './store-backend.js';

/** The versions of node-redis, each with what makes its clients. */
export const VERSIONS = {
  'node-redis 6': { createClient, createClientPool, createCluster, createSentinel },
  'node-redis 5': redis5 as unknown as {
    createClient: typeof createClient;
    createClientPool: typeof createClientPool;
    createCluster: typeof createCluster;
    createSentinel: typeof createSentinel;
  },
};

export type Version = keyof typeof VERSIONS;
export const versions = Object.keys(VERSIONS) as Version[];

/** A client of a Cluster that looks for another master soon after one is gone, where its version can do that. */
export function clusterClient(version: Version, urls: readonly string[], user: User = {}) {
  return VERSIONS[version].createCluster({
    rootNodes: urls.map((url) => ({ url })),
    defaults: user,
    topologyRefreshOnReconnectionAttemptStrategy: 200,
  });
}

/** A client that asks the Sentinels. */
export function sentinelClient(
  version: Version,
  { name, addresses }: Pick<RedisSentinel, 'name' | 'addresses'>,
) {
  return VERSIONS[version].createSentinel({ name, sentinelRootNodes: [...addresses] });
}

/** A Cluster, as a store. */
export function storeOfCluster(cluster: RedisCluster): Store {
  // Once for each key: while the tests run nothing moves.
  const nodes = new Map<string, Promise<number>>();
  const nodeOf = (key: string): Promise<number> => {
    let node = nodes.get(key);
    if (node === undefined) nodes.set(key, (node = cluster.masterOf(key)));
    return node;
  };
  return {
    at: async (key, ...command) => cluster.command(await nodeOf(key), ...command),
    everywhere: async (...command) =>
      Promise.all((await cluster.masters()).map((node) => cluster.command(node, ...command))),
    stop: () => cluster.stop(),
  };
}

export async function clusterBackend(version: Version): Promise<AdapterBackend> {
  const cluster = await startCluster();
  return clientsBackend(storeOfCluster(cluster), (user) => clusterClient(version, cluster.urls, user));
}

export async function sentinelBackend(version: Version): Promise<AdapterBackend> {
  const sentinel = await startSentinel();
  const store: Store = {
    at: (_key, ...command) => sentinel.command(0, ...command),
    everywhere: async (...command) => [await sentinel.command(0, ...command)],
    stop: () => sentinel.stop(),
  };
  // node-redis puts all commands into a class for each of its connections.
  return clientsBackend(store, () => sentinelClient(version, sentinel), true);
}

export async function poolBackend(version: Version): Promise<AdapterBackend> {
  const server = await startRedis();
  return clientsBackend(storeOf(server), (user, keep) => {
    const pool = VERSIONS[version].createClientPool({ url: server.url, ...user });
    // What is made of its clients is kept, to be closed with it: a failing test may leave it behind.
    const execute = pool.execute.bind(pool) as NodeRedisPool['execute'];
    const lend: NodeRedisPool['execute'] = async (task) => {
      const made = await execute(task);
      keep(made);
      return made;
    };
    return Object.assign(pool, { execute: lend });
  });
}
