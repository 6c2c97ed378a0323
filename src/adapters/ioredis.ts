import type { Adapter } from './adapter.js';
import { Backlog } from './backlog.js';
import { ownOptions, show } from '../checks.js';
import { runByHash, type ScriptRunner } from './evalsha.js';
import {
  checkClient,
  checkOpen,
  FOR_MESSAGES,
  type IoredisClient,
  type IoredisCluster,
  type IoredisRedis,
  isCluster,
} from './ioredis-client.js';
import { type Send, sender } from './ioredis-commands.js';
import { IoredisInbox } from './ioredis-inbox.js';
import { Written } from './ioredis-replicas.js';

/**
 * Lets latchkey use an ioredis client: a `Redis` (one server, or Sentinel) or a `Cluster`.
 *
 * The client stays yours: listen to its `error` events and close it yourself. One with `lazyConnect` connects with the first
 * lock. Messages need a connection of their own, which is duplicated from the client, or from a node of the Cluster, when
 * the first subscription is made, and closed with the last one.
 *
 * @param client - a `Redis` or a `Cluster` of `ioredis` 5 or 6, without `keyPrefix`: a locker has its own option `prefix`
 * @param options.joins - false sends each step of each lock as a command of its own: for what looks like one server and is
 *   several, such as a proxy that chooses a shard by the first key. Default true; always false on a Cluster
 * @returns the adapter for `createLocker`
 * @throws {TypeError} when `client` is not such a client or has a `keyPrefix`, or an option is none
 * @example
 * const client = new Redis();
 * client.on('error', console.error);
 * const locker = createLocker(ioredis(client));
 */
export function ioredis(client: IoredisClient, options?: { joins?: boolean }): Adapter {
  checkClient(client);
  const { joins = !isCluster(client) } = ownOptions('ioredis', options, ['joins']);
  if (typeof joins !== 'boolean')
    throw new TypeError(`ioredis: joins must be true or false, not ${show(joins)}`);
  if (joins && isCluster(client))
    throw new TypeError(
      'ioredis: joins must be false on a Cluster, where each server has a part of the keys',
    );
  const send = sender(client);
  const runner: ScriptRunner = {
    evalsha: (sha1, keys, args) => send('evalsha', sha1, keys.length, keys, args),
    eval: (source, keys, args) => send('eval', source, keys.length, keys, args),
  };
  const backlog = new Backlog('ioredis');
  const run: Adapter['run'] = async (script, keys, args) => {
    checkOpen(client);
    return backlog.count(keys.length / script.keys, () => runByHash(runner, script, keys, args));
  };
  return isCluster(client) ? ofCluster(client, run) : ofRedis(client, joins, run, send);
}

function ofRedis(client: IoredisRedis, joins: boolean, run: Adapter['run'], send: Send): Adapter {
  const inbox = new IoredisInbox(() => {
    checkOpen(client);
    return client.duplicate(FOR_MESSAGES);
  });
  const written = new Written(() => client.stream);
  return {
    joins,
    async run(script, keys, args) {
      const reply = await run(script, keys, args);
      written.note(keys, script.keys);
      return reply;
    },
    subscribe: (channel, listener, signal) => inbox.subscribe(channel, listener, signal),
    async waitReplicas(keys, count, timeout) {
      checkOpen(client);
      written.check(keys);
      const replicas = await send('wait', count, timeout);
      // If the connection was lost meanwhile, this is the answer to a copy that was sent over the next one.
      written.check(keys);
      return Number(replicas);
    },
  };
}

function ofCluster(client: IoredisCluster, run: Adapter['run']): Adapter {
  let node: IoredisRedis | undefined;
  // Each node hears what is published at any other.
  const inbox = new IoredisInbox(() => {
    checkOpen(client);
    node = anyNode(client);
    return node.duplicate(FOR_MESSAGES);
  });
  // It may live on alone, and hear nothing.
  client.on('-node', (gone) => {
    if (gone === node) inbox.renew();
  });
  return {
    joins: false,
    countsListeners: false,
    run,
    subscribe: (channel, listener, signal) => inbox.subscribe(channel, listener, signal),
  };
}

function anyNode(cluster: IoredisCluster): IoredisRedis {
  const nodes = cluster.nodes();
  const connected = nodes.filter(({ status }) => status === 'ready');
  const eligible = connected.length > 0 ? connected : nodes;
  const node = eligible[Math.floor(Math.random() * eligible.length)];
  if (node === undefined) throw new Error('the ioredis Cluster knows no node at present');
  return node;
}
