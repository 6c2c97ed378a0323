import { ownOptions, show } from '../../checks.js';
import type { Adapter } from '../adapter.js';
import { Keyspace } from './keyspace.js';
import { twins } from './twins.js';

export type { Keyspace } from './keyspace.js';

/** The adapter that {@link memory} makes. */
export interface MemoryAdapter extends Adapter {
  /** What lies in the "server": for tests that look at a lock, take it away or hold it as somebody else. */
  readonly keyspace: Keyspace;
}

/**
 * Locks inside one process, without a Redis: for development and for unit tests of decorated services.
 *
 * Behaves as a server with the same scripts does. Lockers made from the same adapter exclude each other; other processes
 * are not excluded.
 *
 * @param options.now - epoch ms on a clock that does not go back, for tests that move the time. Default: the real one
 * @example
 * setDefaultLocker(createLocker(memory()));
 */
export function memory(options?: { now?: () => number }): MemoryAdapter {
  const { now = () => performance.timeOrigin + performance.now() } = ownOptions('memory', options, [
    'now',
  ]) as NonNullable<typeof options>;
  if (typeof now !== 'function') throw new TypeError(`memory: now must be a function, not ${show(now)}`);
  const keyspace = new Keyspace(now);
  return {
    keyspace,
    joins: true,
    async run(script, keys, args) {
      // As with a server, the reply is never there in the turn of the call.
      await Promise.resolve();
      const twin = twins.get(script.name);
      if (twin === undefined) throw new Error(`ERR memory() does not know the script ${script.name}`);
      return twin(keyspace, keys, args);
    },
    async subscribe(channel, listener) {
      await Promise.resolve();
      const stop = keyspace.subscribe(channel, listener);
      return async () => {
        await Promise.resolve();
        stop();
      };
    },
  };
}
