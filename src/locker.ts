import type { LockEvents } from './core/events.js';
import type {
  Guardable,
  KeyOf,
  Widened,
  WrapFallbackOptions,
  WrapOptions,
  WrapSkipOptions,
} from './guardable.js';
import type { Lockable } from './key-list.js';
import type { Lock } from './lock.js';
import type {
  AdoptOptions,
  CloseOptions,
  FallbackOptions,
  GuardOptions,
  LockOptions,
  SkipOptions,
  TryLockOptions,
} from './options.js';

/** Takes locks through one Redis client. Made by `createLocker`. */
export interface Locker extends AsyncDisposable {
  /**
   * Runs `body` while holding the lock, and gives the lock back when it returns, throws or rejects.
   *
   * @param key - what to lock: a key, or a list of keys, all of which are held while the body runs
   * @param body - gets the {@link Lock}; its result or error is the caller's, whatever becomes of the release
   * @param options - see {@link GuardOptions}
   * @returns what `body` returns
   * @throws {LockLostError} the lock was lost before `body` had ended (see {@link GuardOptions.onLost})
   * @throws what {@link Locker.acquire} throws; `body` has not run then
   */
  withLock<Result>(
    key: Lockable,
    body: (lock: Lock) => Result | PromiseLike<Result>,
    options?: GuardOptions,
  ): Promise<Result>;
  /** The same for work that is left out when somebody else has the lock. @returns undefined then */
  withLock<Result>(
    key: Lockable,
    body: (lock: Lock) => Result | PromiseLike<Result>,
    options: SkipOptions,
  ): Promise<Result | undefined>;
  /** The same for work with a substitute for when somebody else has the lock. @returns what `onBusy` returns then */
  withLock<Result, Substitute>(
    key: Lockable,
    body: (lock: Lock) => Result | PromiseLike<Result>,
    options: FallbackOptions<Substitute>,
  ): Promise<Result | Substitute>;

  /**
   * Waits for the lock. The caller gives it back, by `release()` or by `await using`.
   *
   * @param key - what to lock: a non-empty string, a finite number or a bigint; or a list of 1 to 64 of them, of which it gets
   *   all or none
   * @param options - see {@link LockOptions}
   * @throws {LockTimeoutError} somebody else had the lock until `timeout` had passed
   * @throws {LockBackendError} Redis did not answer until then, or refuses for good
   * @throws {LockKeyError} `key` can not be locked, or those of a list not together: on a Cluster, in different hash slots
   * @throws {LockReentryError} the caller holds the lock and wants no reentry, or waiting would be a deadlock
   * @throws {LockClosedError} the locker is closed, or closes
   * @throws {TypeError | RangeError} a bad option: names option, rule and value
   * @throws the signal's reason when `signal` aborts
   */
  acquire(key: Lockable, options?: LockOptions): Promise<Lock>;

  /**
   * Takes the lock if it is free now; of a list, all of them if all are.
   *
   * @param key - what to lock: a non-empty string, a finite number or a bigint; or a list of 1 to 64 of them
   * @param options - see {@link TryLockOptions}
   * @returns null when somebody else has it, or one of them
   * @throws what {@link Locker.acquire} throws, but for LockTimeoutError
   */
  tryAcquire(key: Lockable, options?: TryLockOptions): Promise<Lock | null>;

  /**
   * Takes over a lock that its holder has handed over, perhaps in another process. Only one can: the lock gets a new token,
   * and a new fencing token, so the former holder is locked out of whatever checks them.
   *
   * @param serialized - what `lock.serialize()` has returned
   * @param options - see {@link AdoptOptions}
   * @throws {LockLostError} the lock is not there any more, or somebody else has adopted it
   * @throws {TypeError} `serialized` is something else, or comes from a locker with another prefix
   * @throws what {@link Locker.acquire} throws, but for LockTimeoutError
   */
  adopt(serialized: string, options?: AdoptOptions): Promise<Lock>;

  /**
   * The function `fn`, one call at a time per key: what `@WithLock` does for methods.
   *
   * @param key - what to lock (a key, or a list of keys), or a function of the call's arguments (and `this`) that tells it
   * @param fn - returns a promise, or is an async generator function: then the lock is held for the whole iteration
   * @param options - see {@link WrapOptions}
   * @returns a function with the name, length, own properties and Reflect metadata of `fn`
   * @throws {TypeError | RangeError} a bad argument: names option, rule and value
   */
  wrap<Fn extends Guardable>(key: KeyOf<Fn>, fn: Fn, options?: WrapOptions<Fn>): Fn;
  /** The same for a function that is left out when somebody else has the lock. @returns one that resolves to undefined then */
  wrap<Fn extends Guardable>(key: KeyOf<Fn>, fn: Fn, options: WrapSkipOptions<Fn>): Widened<Fn, undefined>;
  /** The same for a function with a substitute for when somebody else has the lock. */
  wrap<Fn extends Guardable, Substitute>(
    key: KeyOf<Fn>,
    fn: Fn,
    options: WrapFallbackOptions<Fn, Substitute>,
  ): Widened<Fn, Substitute>;

  /**
   * Listens to what happens to this locker's locks. What a listener throws, or rejects with, is ignored.
   *
   * @param name - see {@link LockEvents}
   * @returns a function that takes the listener away again
   */
  on<Name extends keyof LockEvents>(name: Name, listener: (event: LockEvents[Name]) => void): () => void;

  /**
   * Closes the locker: new calls and waiters are refused with {@link LockClosedError}, holders may finish for `grace` ms,
   * and then what is still held is released. Leaves the Redis client open: it is yours.
   *
   * @param options - see {@link CloseOptions}; those of the first call count
   * @returns when nothing of this locker is left: no lock, timer or command under way
   */
  close(options?: CloseOptions): Promise<void>;

  /** Closes the locker at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
