import type { Unsubscribe } from '../adapter.js';
import { Connection } from './connection.js';
import { unlessAborted } from '../unless-aborted.js';
import type { AnyNodeRedis, NodeRedisSubscriber } from './shapes.js';

/** The connection for messages to one server: there while somebody listens. */
export class NodeRedisInbox {
  readonly #owner: Pick<AnyNodeRedis, 'isOpen'>;
  readonly #make: () => NodeRedisSubscriber | Promise<NodeRedisSubscriber>;
  #connection: Connection | undefined;
  #listeners = 0;

  /**
   * @param owner - the client that connections are made of
   * @param make - makes a connection that is not connected yet
   */
  constructor(
    owner: Pick<AnyNodeRedis, 'isOpen'>,
    make: () => NodeRedisSubscriber | Promise<NodeRedisSubscriber>,
  ) {
    this.#owner = owner;
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
      connection.unsubscribe(channel, deliver);
      this.#leave(connection);
    };
    try {
      const client = await unlessAborted(connection.connected, signal);
      await unlessAborted(client.subscribe(channel, deliver), signal);
    } catch (error) {
      // It may have been done all the same, on a connection that others use.
      leave();
      throw error;
    }
    return () => {
      leave();
      return Promise.resolve();
    };
  }

  /** The connection; a new one when the present one has given up reconnecting. */
  #join(): Connection {
    let connection = this.#connection;
    if (connection?.isOpen !== true) {
      this.#listeners = 0;
      this.#connection = connection = new Connection(this.#owner, this.#make);
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
