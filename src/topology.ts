/** From the adapters that a locker is given to the servers that its engine works with. */
import type { Adapter } from './adapters/adapter.js';
import { isArray, show } from './checks.js';
import { Carrier } from './core/carrier.js';
import type { Engine } from './core/engine.js';
import type { Environment } from './core/environment.js';
import { Inbox } from './core/inbox.js';
import { Quorum } from './core/quorum.js';
import { Server } from './core/server.js';
import type { Kind } from './kinds/kind.js';
import { mutex } from './kinds/mutex.js';
import { quorumMutex } from './kinds/quorum-mutex.js';
import type { LockerSettings } from './settings.js';

/** At least one. */
export type Adapters = readonly [Adapter, ...Adapter[]];

/**
 * What `createLocker` was given.
 *
 * @throws {TypeError} not an adapter, nor a list of different ones
 */
export function readAdapters(value: unknown): Adapters {
  const adapters = (isArray(value) ? [...(value as unknown[])] : [value]) as Adapter[];
  const wrong = adapters.findIndex((adapter) => typeof (adapter as Adapter | undefined)?.run !== 'function');
  if (wrong >= 0 || adapters.length === 0) {
    const rule = 'must be an adapter, such as nodeRedis(client) or memory(), or a list of them';
    const shown = show(adapters.length === 0 ? value : adapters[wrong]);
    throw new TypeError(`createLocker: the first argument ${rule}, not ${shown}`);
  }
  if (new Set(adapters).size < adapters.length) {
    throw new TypeError(
      'createLocker: each adapter must be another server, but one of them is in the list twice',
    );
  }
  return adapters as [Adapter, ...Adapter[]];
}

/**
 * The part of the engine that depends on how many servers there are, and on what they can do.
 *
 * @param adapters - one, or one for each of several independent servers
 * @throws {TypeError} an option that a client can not keep
 */
export function connect(
  [first, ...others]: Adapters,
  { prefix, maxTtl, waitReplicas }: Pick<LockerSettings, 'prefix' | 'maxTtl' | 'waitReplicas'>,
  environment: Environment,
): Pick<Engine, 'servers' | 'kind' | 'inbox' | 'queues' | 'confirms' | 'together'> {
  const serverOf = (adapter: Adapter, kind: Kind, way: Pick<Adapter, 'run' | 'joins'>): Server => {
    const carrier = new Carrier(way, kind, environment);
    if (waitReplicas === undefined) return new Server(carrier, environment);
    const wait = adapter.waitReplicas?.bind(adapter);
    if (wait === undefined) {
      throw new TypeError(
        'waitReplicas: this client can not wait for replicas on the connection that has written',
      );
    }
    return new Server(carrier, environment, { count: waitReplicas, wait });
  };
  const confirms = waitReplicas !== undefined;
  if (others.length === 0) {
    const inbox = new Inbox(first, mutex, environment);
    const together = first.joins === true ? 'any' : 'one slot';
    return { servers: serverOf(first, mutex, first), kind: mutex, inbox, queues: true, confirms, together };
  }
  // No lock is ever called like this: a key that starts with '~' is encoded.
  const kind = quorumMutex(`${prefix}~memory`, maxTtl ?? 0);
  const servers = [first, ...others].map((adapter) => serverOf(adapter, kind, apart(adapter)));
  const inbox = new Inbox(undefined, kind, environment);
  return {
    servers: new Quorum(servers, environment),
    kind,
    inbox,
    queues: false,
    confirms,
    together: 'none',
  };
}

/** For steps that travel one by one: those of several servers are not among what can be joined. */
function apart(adapter: Adapter): Pick<Adapter, 'run'> {
  return { run: (...call) => adapter.run(...call) };
}
