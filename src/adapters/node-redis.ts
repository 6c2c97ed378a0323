import { type Adapter, BacklogError, ClientClosedError, type Unsubscribe } from './adapter.js';
import { ownOptions, show } from '../checks.js';
import { runByHash, type ScriptRunner } from './evalsha.js';

/** So many steps of a lost connection are kept until it is back; further ones are refused. Each is some hundred bytes. */
const MOST_UNANSWERED = 50_000;

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
  const inbox = new Inbox(client);
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

/** The connection for messages: there while somebody listens, and not a reason for the process to live on. */
class Inbox {
  readonly #client: NodeRedisClient;
  #subscriber: NodeRedisSubscriber | undefined;
  #connected: Promise<unknown> | undefined;
  #connecting = false;
  #listeners = 0;

  constructor(client: NodeRedisClient) {
    this.#client = client;
  }

  async subscribe(
    channel: string,
    listener: (message: string) => void,
    signal?: AbortSignal,
  ): Promise<Unsubscribe> {
    let listening = true;
    // A function of its own for every call: node-redis keeps a Set, in which the same listener twice would be one.
    const deliver = (message: string): void => {
      if (listening) listener(message);
    };
    const subscriber = this.#join();
    const leave = (): void => {
      if (!listening) return;
      listening = false;
      this.#leave(subscriber);
    };
    try {
      await unlessAborted(this.#connected, signal);
      await unlessAborted(subscriber.subscribe(channel, deliver), signal);
    } catch (error) {
      leave();
      throw error;
    }
    return () => {
      if (!listening) return Promise.resolve();
      // Not waited for: without a connection the answer would come after the reconnect, and nothing is delivered any more.
      subscriber.unsubscribe(channel, deliver).catch(() => undefined);
      leave();
      return Promise.resolve();
    };
  }

  /** The connection; a new one when the present one has given up reconnecting. */
  #join(): NodeRedisSubscriber {
    let subscriber = this.#subscriber;
    if (subscriber === undefined || !(this.#connecting || subscriber.isOpen)) {
      this.#listeners = 0;
      this.#subscriber = subscriber = this.#client.duplicate();
      // node-redis reconnects and subscribes again by itself; without a listener its `error` event would end the process.
      subscriber.on('error', () => undefined);
      this.#connected = this.#connect(subscriber);
    }
    this.#listeners++;
    return subscriber;
  }

  async #connect(subscriber: NodeRedisSubscriber): Promise<void> {
    this.#connecting = true;
    try {
      await subscriber.connect();
      subscriber.unref();
    } finally {
      this.#connecting = false;
    }
  }

  #leave(subscriber: NodeRedisSubscriber): void {
    // Of a connection that has been replaced, nobody is left to listen.
    if (subscriber === this.#subscriber && --this.#listeners > 0) return;
    if (subscriber === this.#subscriber) this.#subscriber = undefined;
    // A connection that gave up reconnecting is closed already, and closing it again is an error in node-redis.
    if (subscriber.isOpen) subscriber.destroy();
  }
}

/** Settles like `promise`, or rejects as soon as `signal` aborts; then what becomes of `promise` is nobody's concern. */
async function unlessAborted<Value>(
  promise: Promise<Value> | undefined,
  signal?: AbortSignal,
): Promise<void> {
  if (signal === undefined) {
    await promise;
    return;
  }
  let abort: () => void = () => undefined;
  const aborted = new Promise<never>((_resolve, reject) => {
    abort = () => reject(signal.reason as Error);
    if (signal.aborted) abort();
    else signal.addEventListener('abort', abort, { once: true });
  });
  try {
    await Promise.race([promise, aborted]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
