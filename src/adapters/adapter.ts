import type { Script } from '../scripts/script.js';

/** Ends one subscription; resolves when no further message will be delivered. Safe to call twice. */
export type Unsubscribe = () => Promise<void>;

/**
 * What latchkey needs of a Redis client: the smallest thing that can run a script and hear a message.
 *
 * An adapter owns no policy. It does not retry, does not time out and never closes the client it was given.
 */
export interface Adapter {
  /**
   * Whether one script may have the keys of several locks: true where one server has them all, and left out on a Cluster.
   * Then the steps that a program takes in one turn of its event loop travel as one command. A server that refuses such
   * a script is found out, and gets them one by one.
   */
  readonly joins?: boolean;

  /**
   * Whether a script that publishes learns how many listen: true, or left out, where one server has all connections; false on
   * a Cluster, where a node knows only of those that are connected to itself.
   */
  readonly countsListeners?: boolean;

  /**
   * Runs one script on the node that holds `keys`, by EVALSHA, with EVAL when the server does not know it yet.
   *
   * @param script - the step to run
   * @param keys - its KEYS, complete (prefix included); all in one hash slot, unless it {@link Adapter.joins}
   * @param args - its ARGV
   * @returns the reply: a list of integers, strings and lists of them, as the script's header says
   * @throws the client's own error. A Redis error reply keeps its code as the first word of the message (`NOPERM …`);
   *   anything else is read as "no reply": the step may or may not have been done. A client that is closed for good
   *   is told with {@link ClientClosedError}, one that has too much to do with {@link BacklogError}
   */
  run(script: Script, keys: readonly string[], args: readonly string[]): Promise<unknown>;

  /**
   * Listens to a channel, over reconnects, until the returned function is called.
   *
   * @param channel - literal channel name
   * @param listener - called with each message's text
   * @param signal - aborts when a subscription that has not come about is not wanted any more: nothing of it stays
   * @returns after the server has confirmed the subscription
   */
  subscribe(channel: string, listener: (message: string) => void, signal?: AbortSignal): Promise<Unsubscribe>;

  /**
   * Waits until replicas have what {@link Adapter.run} has written to `keys` before, on the same connection. Left out where
   * the client can not promise that it is the same one.
   *
   * @param keys - as given to `run`
   * @param count - how many replicas
   * @param timeout - longest wait, in ms, at least 1
   * @returns how many replicas have it by then
   * @throws as `run` does
   */
  waitReplicas?(keys: readonly string[], count: number, timeout: number): Promise<number>;
}

/** Thrown by an adapter whose client is not open: nothing was sent, and sending it again is pointless. */
export class ClientClosedError extends Error {
  override readonly name = 'ClientClosedError';
  /** Recognised by code, because a class has another identity in the package's other module format. */
  readonly code = 'CLIENT_CLOSED';
}

/** Thrown by an adapter whose client has too many commands without a reply: nothing was sent. */
export class BacklogError extends Error {
  override readonly name = 'BacklogError';
  /** Recognised by code, as {@link ClientClosedError} is. */
  readonly code = 'BACKLOG';
}
