import { ClientClosedError } from './adapter.js';
import type { NodeRedisClient } from './node-redis-shapes.js';

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
 * WAIT on a client's one connection. Redis counts the replicas that have all that this connection has written, so that the
 * answer to a new connection, perhaps to another master, would be all of them.
 *
 * @returns undefined when the client can not do that
 */
export function replicasOf(
  client: NodeRedisClient,
  plain: ReturnType<NodeRedisClient['withCommandOptions']>,
): ((keys: readonly string[], count: number, timeout: number) => Promise<number>) | undefined {
  if (typeof plain.wait !== 'function' || typeof client.on !== 'function') return undefined;
  const lost = lossesOf(client);
  return async (_keys, count, timeout) => {
    if (!client.isOpen)
      throw new ClientClosedError('the node-redis client is not open: call connect() first');
    const before = lost.count;
    const replicas = (await plain.wait?.(count, timeout)) ?? 0;
    if (lost.count !== before) throw new Error('the connection was lost before its replicas had answered');
    return replicas;
  };
}
