import type { Kind } from '../kinds/kind.js';
import type { Cleanup } from './cleanup.js';
import type { Closing } from './closing.js';
import type { Environment } from './environment.js';
import type { Events } from './events.js';
import type { Executor } from './executor.js';
import type { Inbox } from './inbox.js';

/** One locker's machinery: what every acquire and release works with. */
export interface Engine {
  readonly environment: Environment;
  readonly servers: Executor;
  /**
   * Whether who waits has a place in a queue, and a release passes the lock on to the first of them. Otherwise each attempt
   * is a round of its own, of which nothing may be left when the next one begins.
   */
  readonly queues: boolean;
  /** Whether a grant counts only once replicas know of it; so one that was heard of is asked for as well. */
  readonly confirms: boolean;
  readonly kind: Kind;
  readonly events: Events;
  readonly cleanup: Cleanup;
  /** Which locks one script can take together: any, those of one hash slot, or none. */
  readonly together: 'any' | 'one slot' | 'none';
  /** Where it hears that a lock has become its own. */
  readonly inbox: Inbox;
  /** Begins when the locker closes: waiters stop waiting. */
  readonly closing: Closing;
}
