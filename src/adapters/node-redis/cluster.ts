import type { Unsubscribe } from '../adapter.js';
import { Connection } from './connection.js';
import { unlessAborted } from '../unless-aborted.js';
import type { NodeRedisCluster, NodeRedisSubscriber } from './shapes.js';

/** How often node-redis may try to reach the same node again, before its messages are asked of another one. */
const ATTEMPTS = 2;

interface Subscription {
  readonly channel: string;
  readonly deliver: (message: string) => void;
}

/**
 * The connection for messages to a Cluster: to any one of its nodes, since each gets what is published to any. When that
 * node is gone, to another one.
 *
 * Not the Cluster client's own: that stays with its node for as long as the Cluster knows it, dead or not.
 */
export class NodeRedisClusterInbox {
  readonly #cluster: NodeRedisCluster;
  readonly #subscriptions = new Set<Subscription>();
  #connection: Connection | undefined;

  constructor(cluster: NodeRedisCluster) {
    this.#cluster = cluster;
  }

  async subscribe(
    channel: string,
    listener: (message: string) => void,
    signal?: AbortSignal,
  ): Promise<Unsubscribe> {
    // A function of its own for every call: node-redis keeps a Set, in which the same listener twice would be one.
    const deliver = (message: string): void => {
      if (this.#subscriptions.has(subscription)) listener(message);
    };
    const subscription: Subscription = { channel, deliver };
    this.#subscriptions.add(subscription);
    try {
      await unlessAborted(this.#listen(subscription), signal);
    } catch (error) {
      this.#leave(subscription);
      throw error;
    }
    return () => {
      this.#leave(subscription);
      return Promise.resolve();
    };
  }

  /** Resolves when the node of the moment has confirmed it, whichever that is by then. */
  async #listen(subscription: Subscription): Promise<void> {
    for (;;) {
      const connection = this.#open();
      try {
        const client = await connection.connected;
        // Who has left meanwhile had nothing to unsubscribe from.
        if (!this.#subscriptions.has(subscription)) return;
        await connection.unlessEnded(client.subscribe(subscription.channel, subscription.deliver));
        return;
      } catch (error) {
        // Of a connection that was given up in favour of another one, it says nothing.
        if (connection === this.#connection || !this.#subscriptions.has(subscription)) throw error;
      }
    }
  }

  #leave(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    this.#connection?.unsubscribe(subscription.channel, subscription.deliver);
    if (this.#subscriptions.size > 0) return;
    this.#connection?.end();
    this.#connection = undefined;
  }

  /** The connection; a new one, with all that is listened to, when the present one has given up reconnecting. */
  #open(): Connection {
    if (this.#connection?.isOpen === true) return this.#connection;
    const isFirst = this.#connection === undefined;
    const connection = new Connection(
      this.#cluster,
      () => this.#make(),
      (attempts) => {
        if (connection === this.#connection) this.#lost(attempts);
      },
    );
    this.#connection = connection;
    if (!isFirst) this.#listenAgain();
    return connection;
  }

  /** Goes to another node, if there is one that can be reached; otherwise node-redis goes on trying this one. */
  #lost(attempts: number): void {
    const given = this.#connection;
    if (attempts < ATTEMPTS || this.#reachable().length === 0) return;
    this.#connection = undefined;
    this.#open();
    this.#listenAgain();
    given?.end();
  }

  #listenAgain(): void {
    // What fails here is tried again with the next connection.
    for (const subscription of this.#subscriptions) this.#listen(subscription).catch(() => undefined);
  }

  async #make(): Promise<NodeRedisSubscriber> {
    const nodes = this.#reachable();
    const node = nodes[Math.floor(Math.random() * nodes.length)] ?? this.#cluster.getRandomNode();
    const client = await this.#cluster.nodeClient(node as never);
    return client.duplicate();
  }

  #reachable(): NodeRedisCluster['masters'] {
    return this.#cluster.masters.filter(({ client }) => client?.isReady === true);
  }
}

/**
 * What a Cluster client gives up on, as it is to be read: node-redis follows MOVED and ASK itself, and has been sent from
 * one node to the next too often, because they do not agree yet. Nothing was done, and it passes; whereas a client of one
 * server that gets MOVED is none for a Cluster, which does not pass.
 */
export function readRedirection(error: unknown): unknown {
  const { message, cause } = error as { message?: unknown; cause?: { message?: unknown } };
  for (const text of [message, cause?.message]) {
    if (typeof text === 'string' && /^(?:MOVED|ASK) /.test(text))
      return new Error(`TRYAGAIN redirected too often: ${text}`);
  }
  return error;
}
