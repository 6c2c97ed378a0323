import { type Adapter, ClientClosedError, type Unsubscribe } from './adapter.js';
import { runByHash, type ScriptRunner } from './evalsha.js';

interface EvalOptions {
  keys: string[];
  arguments: string[];
}

/** The part of a node-redis connection that carries messages. */
interface NodeRedisSubscriber {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: 'error', listener: (error: Error) => void): unknown;
  unref(): void;
  destroy(): void;
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
  /** The same client with other types for its replies; `{}` for the plain ones. */
  withTypeMapping(mapping: Record<number, never>): Pick<NodeRedisClient, 'eval' | 'evalSha'>;
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
 * @returns the adapter for `createLocker`
 * @throws {TypeError} when `client` is not such a client
 * @example
 * const client = createClient();
 * client.on('error', console.error);
 * const locker = createLocker(nodeRedis(await client.connect()));
 */
export function nodeRedis(client: NodeRedisClient): Adapter {
  const given = client as Partial<NodeRedisClient> | undefined;
  const methods = [given?.eval, given?.evalSha, given?.duplicate, given?.withTypeMapping];
  if (methods.some((method) => typeof method !== 'function')) {
    throw new TypeError('nodeRedis: client must be a client of the "redis" package, version 5 or 6');
  }
  // The client may be set to return Buffers or strings for numbers; the scripts' replies are read as plain ones.
  const plain = client.withTypeMapping({});
  const runner: ScriptRunner = {
    evalsha: (sha1, keys, args) => plain.evalSha(sha1, { keys: [...keys], arguments: [...args] }),
    eval: (source, keys, args) => plain.eval(source, { keys: [...keys], arguments: [...args] }),
  };
  const inbox = new Inbox(client);
  return {
    async run(script, keys, args) {
      if (!client.isOpen)
        throw new ClientClosedError('the node-redis client is not open: call connect() first');
      return runByHash(runner, script, keys, args);
    },
    subscribe: (channel, listener) => inbox.subscribe(channel, listener),
  };
}

/** The connection for messages: there while somebody listens, and not a reason for the process to live on. */
class Inbox {
  readonly #client: NodeRedisClient;
  #subscriber: Promise<NodeRedisSubscriber> | undefined;
  #listeners = 0;

  constructor(client: NodeRedisClient) {
    this.#client = client;
  }

  async subscribe(channel: string, listener: (message: string) => void): Promise<Unsubscribe> {
    let listening = true;
    // A function of its own for every call: node-redis keeps a Set, in which the same listener twice would be one.
    const deliver = (message: string): void => {
      if (listening) listener(message);
    };
    this.#listeners++;
    let subscriber: NodeRedisSubscriber;
    try {
      subscriber = await this.#connection();
      await subscriber.subscribe(channel, deliver);
    } catch (error) {
      await this.#leave();
      throw error;
    }
    return async () => {
      if (!listening) return;
      listening = false;
      // Not waited for: without a connection the answer would come after the reconnect, and nothing is delivered any more.
      subscriber.unsubscribe(channel, deliver).catch(() => undefined);
      await this.#leave();
    };
  }

  /** The connection; a new one when the present one has given up reconnecting. */
  async #connection(): Promise<NodeRedisSubscriber> {
    const present = this.#subscriber;
    if (present !== undefined && !(await present).isOpen && this.#subscriber === present)
      this.#subscriber = undefined;
    return (this.#subscriber ??= this.#connect());
  }

  async #connect(): Promise<NodeRedisSubscriber> {
    const subscriber = this.#client.duplicate();
    // node-redis reconnects and subscribes again by itself; without a listener its `error` event would end the process.
    subscriber.on('error', () => undefined);
    try {
      await subscriber.connect();
    } catch (error) {
      this.#subscriber = undefined;
      throw error;
    }
    subscriber.unref();
    return subscriber;
  }

  async #leave(): Promise<void> {
    if (--this.#listeners > 0 || this.#subscriber === undefined) return;
    const last = this.#subscriber;
    this.#subscriber = undefined;
    const subscriber = await last;
    // A connection that gave up reconnecting is closed already, and closing it again is an error in node-redis.
    if (subscriber.isOpen) subscriber.destroy();
  }
}
