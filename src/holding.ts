import type { Section } from './context.js';
import type { Waiter } from './core/waiter.js';
import type { LockLostError } from './errors.js';
import type { Lock } from './lock.js';

/** How a lock is held, and by whom. */
export interface Holding {
  readonly ttl: number;
  /** The longest that an extension may ask for, in ms; 0 and undefined set no limit. */
  readonly maxTtl: number | undefined;
  /** For how long at most, in ms; Infinity sets no limit. */
  readonly maxHold: number;
  /** What took it. */
  readonly owner: object;
  /** Its key in Redis. */
  readonly lockKey: string;
  /** Lets a call from inside wait where it would wait without this section, which is inside `outer`. */
  readonly onward: (outer: Section | undefined, waiter: Waiter) => void;
  /** Called when it is held no more, whatever the reason. */
  readonly onOver: () => void;
}

/** The lock of several keys, each of which is held by a lock of its own. */
export interface Whole extends Lock {
  /** One of them was lost, and so all are. */
  lose(loss: LockLostError): void;
}
