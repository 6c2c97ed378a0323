import { ClientClosedError } from './adapter.js';
import type { NodeRedisClient } from './node-redis-shapes.js';

/** Of so many locks is known over which connection they were written last. */
const MOST_KNOWN = 10_000;

/** How often each client has lost its connection. By client, so that it gets one listener however many adapters it has. */
const losses = new WeakMap<object, { count: number }>();

function lossesOf(client: NodeRedisClient): { readonly count: number } {
  let known = losses.get(client);
  if (known === undefined) {
    const counter = (known = { count: 0 });
    losses.set(client, counter);
    client.on?.('reconnecting', () => counter.count++);
  }
  return known;
}

/**
 * WAIT on a client's one connection.
 *
 * Redis answers with how many replicas have all that this connection has written. To a new connection, perhaps to another
 * master, the answer is all of them: so it must be the one that has written to the keys.
 */
export class NodeRedisReplicas {
  readonly #client: NodeRedisClient;
  readonly #plain: ReturnType<NodeRedisClient['withCommandOptions']>;
  readonly #lost: { readonly count: number };
  /** By the first key of each lock: how many connections had been lost when it was written. Kept once somebody waits. */
  #written: Map<string, number> | undefined;

  constructor(client: NodeRedisClient, plain: ReturnType<NodeRedisClient['withCommandOptions']>) {
    this.#client = client;
    this.#plain = plain;
    this.#lost = lossesOf(client);
  }

  /** A reply has come: what was written, was written over the connection of the moment. */
  noteReply(keys: readonly string[], keysPerStep: number): void {
    const written = this.#written;
    if (written === undefined) return;
    for (let i = 0; i < keys.length; i += keysPerStep) {
      const key = keys[i] ?? '';
      // Behind all others: those that were written longest ago are forgotten first.
      written.delete(key);
      written.set(key, this.#lost.count);
    }
    for (const key of written.keys()) {
      if (written.size <= MOST_KNOWN) break;
      written.delete(key);
    }
  }

  async wait(keys: readonly string[], count: number, timeout: number): Promise<number> {
    if (!this.#client.isOpen)
      throw new ClientClosedError('the node-redis client is not open: call connect() first');
    // Nothing is known the first time: good enough if there has been one connection only.
    const written = this.#written === undefined ? 0 : this.#written.get(keys[0] ?? '');
    this.#written ??= new Map();
    this.#check(written);
    const replicas = await this.#plain.wait?.(count, timeout);
    this.#check(written);
    return replicas ?? 0;
  }

  #check(written: number | undefined): void {
    if (written !== this.#lost.count)
      throw new Error('the connection that has written is gone, and only that one knows what replicas have');
  }
}

/** Whether a client can be waited with. */
export function canWait(
  client: NodeRedisClient,
  plain: ReturnType<NodeRedisClient['withCommandOptions']>,
): boolean {
  return typeof plain.wait === 'function' && typeof client.on === 'function';
}
