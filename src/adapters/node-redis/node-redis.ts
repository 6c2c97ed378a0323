import { type Adapter, ClientClosedError } from '../adapter.js';
import { Backlog } from '../backlog.js';
import { ownOptions, show } from '../../checks.js';
import { runByHash, type ScriptRunner } from '../evalsha.js';
import { NodeRedisClusterInbox, readRedirection } from './cluster.js';
import { NodeRedisInbox } from './inbox.js';
import { canWait, NodeRedisReplicas } from './replicas.js';
import { checkPlainReplies, sentinelInboxOf } from './sentinel.js';
import { type AnyNodeRedis, type NodeRedisScripts, shapeOf } from './shapes.js';

/**
 * The client may be set to return Buffers or strings for numbers; the scripts' replies are read as plain ones. Its own
 * timeout costs more than the rest of a command, and the engine has one: what it would drop from the queue of a client
 * without a connection is bounded below.
 */
const PLAIN = { typeMapping: {}, timeout: 0 };

/**
 * Lets latchkey use a client of node-redis: `createClient()`, `createClientPool()`, `createCluster()` or
 * `createSentinel()`.
 *
 * The client stays yours: connect it, listen to its `error` events and close it yourself. Messages need a connection of
 * their own, which is made from the client when the first subscription is made and closed with the last one.
 *
 * @param client - a client of `redis` 5 or 6, connected or connecting
 * @param options.joins - false sends each step of each lock as a command of its own: for what looks like one server and is
 *   several, such as a proxy that chooses a shard by the first key. Default true; always false on a Cluster
 * @returns the adapter for `createLocker`
 * @throws {TypeError} when `client` is not such a client, or an option is none
 * @example
 * const client = createClient();
 * client.on('error', console.error);
 * const locker = createLocker(nodeRedis(await client.connect()));
 */
export function nodeRedis(client: AnyNodeRedis, options?: { joins?: boolean }): Adapter {
  const { joins } = ownOptions('nodeRedis', options, ['joins']);
  if (joins !== undefined && typeof joins !== 'boolean')
    throw new TypeError(`nodeRedis: joins must be true or false, not ${show(joins)}`);
  const shape = shapeOf(client);
  if (shape === undefined) {
    const isIoredis =
      typeof (client as { createBuiltinCommand?: unknown } | null | undefined)?.createBuiltinCommand ===
      'function';
    const hint = isIoredis ? '; this one is of "ioredis": use ioredis(client)' : '';
    throw new TypeError(`nodeRedis: client must be a client of the "redis" package, version 5 or 6${hint}`);
  }
  if (shape.is === 'cluster') {
    if (joins === true)
      throw new TypeError(
        'nodeRedis: joins must be false on a Cluster, where each server has a part of the keys',
      );
    const inbox = new NodeRedisClusterInbox(shape.client);
    return {
      joins: false,
      countsListeners: false,
      run: runnerOf(client, shape.client.withCommandOptions(PLAIN), readRedirection),
      subscribe: (channel, listener, signal) => inbox.subscribe(channel, listener, signal),
    };
  }
  const rest = { joins: joins ?? true };
  if (shape.is === 'sentinel') {
    const plain = shape.client.withCommandOptions(PLAIN);
    checkPlainReplies(plain);
    const inbox = sentinelInboxOf(shape.client);
    return {
      ...rest,
      run: runnerOf(client, plain),
      subscribe: (channel, listener, signal) => inbox.subscribe(channel, listener, signal),
    };
  }
  if (shape.is === 'pool') {
    const pool = shape.client;
    const inbox = new NodeRedisInbox(pool, () => pool.execute((lent) => lent.duplicate()));
    return {
      ...rest,
      run: runnerOf(client, pool.withCommandOptions(PLAIN)),
      subscribe: (channel, listener, signal) => inbox.subscribe(channel, listener, signal),
    };
  }
  const single = shape.client;
  const plain = single.withCommandOptions(PLAIN);
  const inbox = new NodeRedisInbox(single, () => single.duplicate());
  const replicas = canWait(single, plain) ? new NodeRedisReplicas(single, plain) : undefined;
  const run = runnerOf(client, plain);
  return {
    ...rest,
    async run(script, keys, args) {
      const reply = await run(script, keys, args);
      replicas?.noteReply(keys, script.keys);
      return reply;
    },
    subscribe: (channel, listener, signal) => inbox.subscribe(channel, listener, signal),
    ...(replicas !== undefined && {
      waitReplicas: (keys, count, timeout) => replicas.wait(keys, count, timeout),
    }),
  };
}

/**
 * @param plain - the same client with plain replies
 * @param read - what the client's errors are to be taken for
 */
function runnerOf(
  client: AnyNodeRedis,
  plain: NodeRedisScripts,
  read: (error: unknown) => unknown = (error) => error,
): Adapter['run'] {
  const runner: ScriptRunner = {
    evalsha: (sha1, keys, args) => plain.evalSha(sha1, { keys: [...keys], arguments: [...args] }),
    eval: (source, keys, args) => plain.eval(source, { keys: [...keys], arguments: [...args] }),
  };
  const backlog = new Backlog('node-redis');
  return async (script, keys, args) => {
    if (!client.isOpen)
      throw new ClientClosedError('the node-redis client is not open: call connect() first');
    try {
      return await backlog.count(keys.length / script.keys, () => runByHash(runner, script, keys, args));
    } catch (error) {
      throw read(error);
    }
  };
}
