/** What can be set, and what it is when it is not set. Every duration is an integer number of ms. */
import type { LockTimeoutError } from './errors.js';

/** How one call takes a lock. What is left out is the locker's, and then the default. */
export interface LockOptions {
  /** Longest wait for the lock, in ms; 0 tries once, Infinity waits for ever. Default 40 000. */
  timeout?: number | undefined;
  /**
   * How long Redis keeps the lock when nobody extends it or gives it back, in ms, at least 100: what a crash of the holder
   * costs the others. Default 20 000.
   */
  ttl?: number | undefined;
  /**
   * Whether the lock is extended while it is held, whenever a third of its ttl has passed. Without it, the ttl is how long
   * the guarded work may take. Default true.
   */
  extend?: boolean | undefined;
  /**
   * Longest time for which the lock is held, in ms; then it is lost and given back, whether or not the work is done. Infinity
   * sets no limit. Default: the ttl, at least 40 000.
   */
  maxHold?: number | undefined;
  /**
   * What becomes of a call from inside the lock's own section, directly or over any number of awaits: `true`, it goes in with
   * the lock that is held, one such call at a time; `false`, it fails at once with a `LockReentryError`. Default true.
   */
  reentrant?: boolean | undefined;
  /** The caller's wish to stop waiting: the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * What errors, events and the holder information in Redis call this place in the program; 1 to 100 characters. Default:
   * `Class.method`, the name of a wrapped function, or `withLock`, `acquire` or `tryAcquire` for these calls.
   */
  name?: string | undefined;
}

/** How `tryAcquire` takes a lock: it does not wait, so there is no timeout and no signal. */
export type TryLockOptions = Pick<LockOptions, 'ttl' | 'extend' | 'maxHold' | 'reentrant' | 'name'>;

/** How a lock is taken over from whoever has handed it over. */
export type AdoptOptions = Omit<LockOptions, 'reentrant'>;

/** How work is done under a lock. */
export interface GuardOptions extends LockOptions {
  /**
   * What becomes of a call that lost its lock before its work was done: `'reject'`, it rejects with the `LockLostError`, also
   * when the work has returned; `'abort'`, only `lock.signal` aborts. An error of the work itself is always the call's.
   * Default `'reject'`.
   */
  onLost?: 'reject' | 'abort' | undefined;
  /**
   * What becomes of a call whose lock is somebody else's: `'wait'`, it waits for `timeout` ms and then rejects with a
   * `LockTimeoutError`; `'throw'`, it rejects with that error at once; `'skip'`, it resolves to undefined at once, without
   * the work; a function, it resolves to what that one returns, instead of the work. With any but `'wait'` the timeout is 0
   * unless the same call sets another one: then it waits for so long first. Default `'wait'`.
   */
  onBusy?: 'wait' | 'throw' | undefined;
}

/** {@link GuardOptions} of work that may be left out when somebody else has the lock. */
export interface SkipOptions extends Omit<GuardOptions, 'onBusy'> {
  /** See {@link GuardOptions.onBusy}. */
  onBusy: 'skip';
}

/** {@link GuardOptions} of work with a substitute for when somebody else has the lock. */
export interface FallbackOptions<Substitute> extends Omit<GuardOptions, 'onBusy'> {
  /** See {@link GuardOptions.onBusy}. @param busy - tells who holds the lock */
  onBusy: (busy: LockTimeoutError) => Substitute | PromiseLike<Substitute>;
}

/** What holds for all locks of a locker. */
export interface LockerOptions {
  /** Default for {@link LockOptions.timeout}. */
  timeout?: number | undefined;
  /** Default for {@link LockOptions.ttl}. */
  ttl?: number | undefined;
  /** Default for {@link LockOptions.extend}. */
  extend?: boolean | undefined;
  /** Default for {@link LockOptions.maxHold}. */
  maxHold?: number | undefined;
  /** Default for {@link LockOptions.reentrant}. */
  reentrant?: boolean | undefined;
  /**
   * Put before every key; at most 100 characters, with at most one hash tag (`'{locks}:'` puts all keys into one slot of
   * a Cluster). `''` shares keys with other programs that lock with SET NX PX. Default `'lock:'`.
   */
  prefix?: string | undefined;
  /**
   * Longest wait for one reply of Redis, in ms, at least 10. After it the outcome is unknown and is cleaned up. Default: a
   * quarter of the ttl, at most 2 000.
   */
  commandTimeout?: number | undefined;
  /** A grant that arrives with less of its lease left, in ms, is given back and tried again. Default: half of the ttl. */
  minValidity?: number | undefined;
  /** How many callers of this locker may wait at the same time, for all keys together; more are refused at once. Default 10 000. */
  maxWaiters?: number | undefined;
  /**
   * How many replicas must know of a grant before it counts (`WAIT`), within `commandTimeout`. Narrows the window in which a
   * failover loses a lock, and never closes it. Default: none.
   */
  waitReplicas?: number | undefined;
  /**
   * Of several independent servers: the longest ttl that any program uses there, in ms. A server that was started empty has
   * forgotten its locks, and grants none until all that it may have granted are over; 0 trusts it at once. Default: the ttl.
   */
  maxTtl?: number | undefined;
}

/** How a locker closes. */
export interface CloseOptions {
  /** How long holders may finish before their locks are released under them, in ms. Default 5 000. */
  grace?: number | undefined;
}

/** The documented defaults. `commandTimeout` and `minValidity` follow from the ttl. */
export const DEFAULTS = {
  timeout: 40_000,
  ttl: 20_000,
  extend: true,
  /** At least the ttl. */
  maxHold: 40_000,
  reentrant: true,
  onLost: 'reject',
  onBusy: 'wait',
  prefix: 'lock:',
  maxWaiters: 10_000,
  grace: 5_000,
} as const;

/** Shortest ttl, in ms: what a command and its margin need on a busy network. */
export const LEAST_TTL = 100;
