import { ClientClosedError, type Unsubscribe } from './adapter.js';
import { unlessAborted } from './unless-aborted.js';
import type { NodeRedisSentinel } from './node-redis-shapes.js';

interface Subscription {
  readonly channel: string;
  readonly deliver: (message: string) => void;
  readonly done: () => void;
  readonly fail: (error: unknown) => void;
  /** How often it was asked for. */
  asked: number;
}

/**
 * The messages of a client behind Sentinels: by its own connection for messages, since only the client knows which server
 * is the master, and how to reach it. It is there while somebody listens, and ends with the client.
 */
class NodeRedisSentinelInbox {
  readonly #sentinel: NodeRedisSentinel;
  readonly #subscriptions = new Set<Subscription>();

  constructor(sentinel: NodeRedisSentinel) {
    this.#sentinel = sentinel;
    // For as long as the client lives: when the last listener of a client of node-redis is taken away, it loses those
    // that come later, also those of others.
    sentinel.on('topology-change', () => this.#listenAgain());
  }

  async subscribe(
    channel: string,
    listener: (message: string) => void,
    signal?: AbortSignal,
  ): Promise<Unsubscribe> {
    // A closed one would connect for this alone, and stay connected.
    if (!this.#sentinel.isOpen)
      throw new ClientClosedError('the node-redis client is not open: call connect() first');
    let leave: () => void = () => undefined;
    const subscribed = new Promise<void>((done, fail) => {
      const deliver = (message: string): void => {
        if (this.#subscriptions.has(subscription)) listener(message);
      };
      const subscription: Subscription = { channel, deliver, done, fail, asked: 0 };
      leave = () => this.#leave(subscription);
      this.#join(subscription);
    });
    try {
      await unlessAborted(subscribed, signal);
    } catch (error) {
      leave();
      throw error;
    }
    return () => {
      leave();
      return Promise.resolve();
    };
  }

  #join(subscription: Subscription): void {
    this.#subscriptions.add(subscription);
    this.#ask(subscription);
  }

  #leave(subscription: Subscription): void {
    if (!this.#subscriptions.delete(subscription)) return;
    // Not waited for: nothing is delivered any more. A closed client would connect for this.
    if (this.#sentinel.isOpen)
      this.#sentinel.unsubscribe(subscription.channel, subscription.deliver as never).catch(() => undefined);
  }

  /**
   * The client takes its subscriptions to the next master; but it forgets them when that can not be reached at once, and
   * who was about to subscribe is never answered. A listener that it has already stays one.
   */
  #listenAgain(): void {
    for (const subscription of this.#subscriptions) this.#ask(subscription);
  }

  #ask(subscription: Subscription): void {
    const asked = ++subscription.asked;
    this.#sentinel
      .subscribe(subscription.channel, subscription.deliver)
      .then(subscription.done, (error: unknown) => {
        if (asked === subscription.asked) subscription.fail(error);
      });
  }
}

const inboxes = new WeakMap<NodeRedisSentinel, NodeRedisSentinelInbox>();

/** The inbox of a client: one, however many adapters it has. */
export function sentinelInboxOf(sentinel: NodeRedisSentinel): Pick<NodeRedisSentinelInbox, 'subscribe'> {
  let inbox = inboxes.get(sentinel);
  if (inbox === undefined) inboxes.set(sentinel, (inbox = new NodeRedisSentinelInbox(sentinel)));
  return inbox;
}

/**
 * Behind Sentinels, node-redis 5 does not let a command have other settings than its client.
 *
 * @throws {TypeError} when the client would return anything but plain replies
 */
export function checkPlainReplies({
  commandOptions,
}: ReturnType<NodeRedisSentinel['withCommandOptions']>): void {
  if (Object.keys(commandOptions?.typeMapping ?? {}).length > 0)
    throw new TypeError(
      'nodeRedis: a Sentinel client of "redis" 5 must be made without commandOptions.typeMapping, which it does not let a command do without',
    );
}
