import type { Unsubscribe } from './adapter.js';

/** The part of a node-redis connection that carries messages. */
export interface NodeRedisSubscriber {
  readonly isOpen: boolean;
  connect(): Promise<unknown>;
  subscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  unsubscribe(channel: string, listener: (message: string) => void): Promise<unknown>;
  on(event: 'error' | 'connect' | 'reconnecting', listener: () => void): unknown;
  unref(): void;
  destroy(): void;
}

/** The connection for messages: there while somebody listens, and not a reason for the process to live on. */
export class NodeRedisInbox {
  readonly #make: () => NodeRedisSubscriber;
  #connection: Connection | undefined;
  #listeners = 0;

  /** @param make - makes a connection that is not connected yet */
  constructor(make: () => NodeRedisSubscriber) {
    this.#make = make;
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
    const connection = this.#join();
    const leave = (): void => {
      if (!listening) return;
      listening = false;
      this.#leave(connection);
    };
    try {
      await unlessAborted(connection.connected, signal);
      await unlessAborted(connection.client.subscribe(channel, deliver), signal);
    } catch (error) {
      // It may have been done all the same, on a connection that others use.
      if (connection.client.isOpen) connection.client.unsubscribe(channel, deliver).catch(() => undefined);
      leave();
      throw error;
    }
    return () => {
      if (!listening) return Promise.resolve();
      // Not waited for: without a connection the answer would come after the reconnect, and nothing is delivered any more.
      connection.client.unsubscribe(channel, deliver).catch(() => undefined);
      leave();
      return Promise.resolve();
    };
  }

  /** The connection; a new one when the present one has given up reconnecting. */
  #join(): Connection {
    let connection = this.#connection;
    if (connection?.isOpen !== true) {
      this.#listeners = 0;
      this.#connection = connection = new Connection(this.#make());
    }
    this.#listeners++;
    return connection;
  }

  #leave(connection: Connection): void {
    // Of a connection that has been replaced, nobody is left to listen.
    if (connection === this.#connection && --this.#listeners > 0) return;
    if (connection === this.#connection) this.#connection = undefined;
    connection.end();
  }
}

/**
 * A connection that ends when it is told to.
 *
 * A client of node-redis that is destroyed while its socket is being made connects all the same, subscribes again and
 * stays. So that moment is waited for.
 */
class Connection {
  readonly client: NodeRedisSubscriber;
  readonly connected: Promise<void>;
  #connecting = true;
  #makingSocket = true;
  #ended = false;

  constructor(client: NodeRedisSubscriber) {
    this.client = client;
    // node-redis reconnects and subscribes again by itself; without a listener its `error` event would end the process.
    client.on('error', () => this.#made());
    client.on('connect', () => this.#made());
    client.on('reconnecting', () => (this.#makingSocket = true));
    this.connected = this.#connect();
  }

  get isOpen(): boolean {
    return this.#connecting || this.client.isOpen;
  }

  end(): void {
    this.#ended = true;
    // A connection that gave up reconnecting is closed already, and closing it again is an error in node-redis 5.
    if (!this.#makingSocket && this.client.isOpen) this.client.destroy();
  }

  async #connect(): Promise<void> {
    try {
      await this.client.connect();
      this.client.unref();
    } finally {
      this.#connecting = false;
    }
  }

  /** There is a socket, or there will be none before a pause. */
  #made(): void {
    this.#makingSocket = false;
    if (this.#ended) this.end();
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
