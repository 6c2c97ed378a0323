import { type Adapter, BacklogError, ClientClosedError } from './adapter.js';
import { ownOptions, show } from '../checks.js';
import { runByHash, type ScriptRunner } from './evalsha.js';
import { NodeRedisInbox, type NodeRedisSubscriber } from './node-redis-inbox.js';

/** So many steps of a lost connection are kept until it is back; further ones are refused. Each is some hundred bytes. */
const MOST_UNANSWERED = 50_000;

interface EvalOptions {
  keys: string[];
  arguments: string[];
}

/**
 * The part of a node-redis client (`createClient()` of `redis` 5 or 6) that latchkey calls.
 *
 * Typed by shape, so that the package never imports `redis` and any version with these methods fits.
 */
export interface NodeRedisClient {
  /** Whether it was connected and not closed since; it may be reconnecting. */
  readonly isOpen: boolean;
  /** EVAL. */
  eval(script: string, options: EvalOptions): Promise<unknown>;
  /** EVALSHA. */
  evalSha(sha1: string, options: EvalOptions): Promise<unknown>;
  /** The same client with other types for its replies (`{}` for the plain ones) and another timeout for its commands. */
  withCommandOptions(options: {
    typeMapping: Record<number, never>;
    timeout: number;
  }): Pick<NodeRedisClient, 'eval' | 'evalSha'>;
  /** A new client with the same settings, not connected: for messages. */
  duplicate(): NodeRedisSubscriber;
}

/**
 * Lets latchkey use a node-redis client.
 *
 * The client stays yours: connect it, listen to its `error` events and close it yourself. Messages need a connection of
 * their own, which is duplicated from the client when the first subscription is made and closed with the last one.
 *
 * @param client - a client of `redis` 5 or 6, connected or connecting
 * @param options.joins - false sends each step of each lock as a command of its own: for what looks like one server and is
 *   several, such as a proxy that chooses a shard by the first key. Default true
 * @returns the adapter for `createLocker`
 * @throws {TypeError} when `client` is not such a client, or an option is none
 * @example
 * const client = createClient();
 * client.on('error', console.error);
 * const locker = createLocker(nodeRedis(await client.connect()));
 */
export function nodeRedis(client: NodeRedisClient, options?: { joins?: boolean }): Adapter {
  const { joins = true } = ownOptions('nodeRedis', options, ['joins']);
  if (typeof joins !== 'boolean')
    throw new TypeError(`nodeRedis: joins must be true or false, not ${show(joins)}`);
  const given = client as Partial<NodeRedisClient> | undefined;
  const methods = [given?.eval, given?.evalSha, given?.duplicate, given?.withCommandOptions];
  if (methods.some((method) => typeof method !== 'function')) {
    throw new TypeError('nodeRedis: client must be a client of the "redis" package, version 5 or 6');
  }
  // The client may be set to return Buffers or strings for numbers; the scripts' replies are read as plain ones.
  // Its own timeout costs more than the rest of a command, and the engine has one: what it would drop from the queue of a
  // client without a connection is bounded below.
  const plain = client.withCommandOptions({ typeMapping: {}, timeout: 0 });
  const runner: ScriptRunner = {
    evalsha: (sha1, keys, args) => plain.evalSha(sha1, { keys: [...keys], arguments: [...args] }),
    eval: (source, keys, args) => plain.eval(source, { keys: [...keys], arguments: [...args] }),
  };
  const inbox = new NodeRedisInbox(() => client.duplicate());
  let unanswered = 0;
  return {
    joins,
    async run(script, keys, args) {
      const steps = keys.length / script.keys;
      if (!client.isOpen)
        throw new ClientClosedError('the node-redis client is not open: call connect() first');
      if (unanswered >= MOST_UNANSWERED)
        throw new BacklogError(`${unanswered} commands of the node-redis client have no reply yet`);
      unanswered += steps;
      try {
        return await runByHash(runner, script, keys, args);
      } finally {
        unanswered -= steps;
      }
    },
    subscribe: (channel, listener, signal) => inbox.subscribe(channel, listener, signal),
  };
}
