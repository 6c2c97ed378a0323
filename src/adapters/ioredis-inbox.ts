import type { Unsubscribe } from './adapter.js';
import { unlessAborted } from './unless-aborted.js';

/** The part of an ioredis connection that carries messages. */
export interface IoredisSubscriber {
  readonly status: string;
  /** Undefined before it connects. */
  readonly stream: { unref(): unknown; destroy(): unknown } | undefined;
  subscribe(channel: string): Promise<unknown>;
  unsubscribe(channel: string): Promise<unknown>;
  on(event: 'message', listener: (channel: string, message: string) => void): unknown;
  on(event: 'connect' | 'ready' | 'end' | 'error', listener: () => void): unknown;
  disconnect(): void;
}

/** The pauses between two attempts to connect again double between these bounds, in ms. */
const [SHORTEST, LONGEST] = [50, 2_000];

/**
 * The connection for messages: there while somebody listens, and not a reason for the process to live on.
 *
 * It is one that does not reconnect, and another takes its place when it ends. So it may be to another node of a Cluster,
 * the pauses do not keep the process alive, and whatever ioredis would do by itself when it is back can not come in between.
 */
export class IoredisInbox {
  readonly #make: () => IoredisSubscriber;
  readonly #listeners = new Map<string, Set<(message: string) => void>>();
  #connection: IoredisSubscriber | undefined;
  #failures = 0;
  #pause: NodeJS.Timeout | undefined;

  /** @param make - makes a connection that connects with its first command and does not reconnect; throws when it can not */
  constructor(make: () => IoredisSubscriber) {
    this.#make = make;
  }

  async subscribe(
    channel: string,
    listener: (message: string) => void,
    signal?: AbortSignal,
  ): Promise<Unsubscribe> {
    const connection = this.#open();
    // A function of its own for every call: the same listener twice in a Set would be one.
    const deliver = (message: string): void => listener(message);
    this.#join(channel, deliver);
    const leave = (): void => this.#leave(channel, deliver);
    try {
      // Sent also when the channel has listeners: only the answer tells that the server is there.
      await unlessAborted(connection.subscribe(channel), signal);
    } catch (error) {
      leave();
      throw error;
    }
    return () => {
      // Not waited for: nothing is delivered any more.
      leave();
      return Promise.resolve();
    };
  }

  /** Another connection takes the place of the present one, if there is one. */
  renew(): void {
    if (this.#connection !== undefined) end(this.#connection);
  }

  /** The connection; a new one, with all channels, when there is none or the last one has ended. */
  #open(): IoredisSubscriber {
    if (this.#connection !== undefined && this.#connection.status !== 'end') return this.#connection;
    clearTimeout(this.#pause);
    const connection = (this.#connection = this.#make());
    // Without a listener ioredis would print it.
    connection.on('error', () => undefined);
    connection.on('connect', () => void connection.stream?.unref());
    connection.on('ready', () => (this.#failures = 0));
    connection.on('end', () => this.#onEnd(connection));
    connection.on('message', (channel, message) => {
      for (const deliver of this.#listeners.get(channel) ?? []) deliver(message);
    });
    for (const channel of this.#listeners.keys()) connection.subscribe(channel).catch(() => undefined);
    return connection;
  }

  #onEnd(connection: IoredisSubscriber): void {
    if (connection === this.#connection) this.#reopenLater();
  }

  #reopenLater(): void {
    const longest = Math.min(SHORTEST * 2 ** this.#failures++, LONGEST);
    // Not at the same moment as all the other processes that have lost the same server.
    const pause = longest * (0.5 + Math.random() / 2);
    this.#pause = setTimeout(() => {
      try {
        this.#open();
      } catch {
        this.#reopenLater();
      }
    }, pause).unref();
  }

  #join(channel: string, deliver: (message: string) => void): void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners.add(deliver));
  }

  #leave(channel: string, deliver: (message: string) => void): void {
    const listeners = this.#listeners.get(channel);
    if (listeners?.delete(deliver) !== true || listeners.size > 0) return;
    this.#listeners.delete(channel);
    if (this.#listeners.size > 0) {
      // In their order with what is sent for the same channel next.
      this.#connection?.unsubscribe(channel).catch(() => undefined);
      return;
    }
    clearTimeout(this.#pause);
    const connection = this.#connection;
    this.#connection = undefined;
    if (connection !== undefined) end(connection);
  }
}

/** Ends a connection in whatever state it is. ioredis alone would wait for the server to close it, for 2 s. */
function end(connection: IoredisSubscriber): void {
  connection.disconnect();
  connection.stream?.destroy();
}
