import type { ReleaseOutcome } from './core/claim.js';
import type { ExtendOutcome } from './core/keeper.js';

/**
 * A lock that is held: what a holder can ask of it, and how to give it back.
 *
 * Its token is nowhere to be seen, neither in its properties nor when it is printed.
 */
export interface Lock extends AsyncDisposable {
  /** The key, as the caller gave it (numbers as text). Of a lock of several keys, for people: all of them, with commas. */
  readonly key: string;

  /** All keys that the lock has, as the caller gave them, each once. */
  readonly keys: readonly string[];

  /**
   * A number that is higher than that of every earlier grant of the key, also of those before a restart of Redis without
   * its data. A resource that refuses what comes with a lower one is safe from holders that are late.
   *
   * @see https://martin.kleppmann.com/2016/02/08/how-to-do-distributed-locking.html
   * @throws {TypeError} when it is asked for and the lock has several keys: each has a number of its own, and what one key
   *   guards must not be shown that of another one. See {@link Lock.fencingTokens}
   */
  readonly fencingToken: number;

  /** The {@link Lock.fencingToken} of each of the {@link Lock.keys}. */
  readonly fencingTokens: ReadonlyMap<string, number>;

  /** How long the caller has waited for the lock, in ms. */
  readonly waited: number;

  /**
   * How long the lock is certainly still ours, in ms; 0 when it may be somebody else's, or was released.
   *
   * Counted on this machine's clocks, without asking Redis, from before the lock was taken; so it is never too long, but
   * that somebody deleted the key is only seen at the next
   * extension.
   */
  readonly remaining: number;

  /** Whether the lock is certainly still ours: {@link Lock.remaining} is above 0. */
  readonly held: boolean;

  /**
   * Aborts when the lock is lost, with the {@link LockLostError} as its reason, at the latest when somebody else can have it:
   * by this machine's clocks, without an answer of Redis. Not when it is given back.
   */
  readonly signal: AbortSignal;

  /**
   * Throws unless the lock is certainly ours for `min` ms more: by the clocks, at once, and so also right after the process
   * stood still, when the signal has not aborted yet.
   *
   * @param min - ms; default 1
   * @throws {LockLostError} it is not: its `reason` says why
   * @throws {TypeError | RangeError} a bad min
   */
  assertHeld(min?: number): void;

  /**
   * Lets the lock last for `ttl` ms from now, at least; it is never made shorter. Leases are extended by themselves unless
   * `extend: false`, so this is for more than that.
   *
   * @param ttl - ms, at least 100; default: the ttl of the call that took the lock
   * @returns `extended`; `lost` when it was not ours any more; `unknown` when Redis did not say
   * @throws {TypeError | RangeError} a bad ttl
   */
  extend(ttl?: number): Promise<ExtendOutcome>;

  /**
   * Runs `work`, and whatever it calls or starts, as the work of this lock: `currentLock()` is this one there, and calls that
   * ask for the same lock go in with it. The work of `withLock` and of decorated methods runs so by itself.
   *
   * @returns what `work` returns, when it returns
   */
  run<Result>(work: () => Result): Result;

  /**
   * Hands the lock over: whoever gives the text to `locker.adopt`, in whatever process, has the lock. It is not extended until
   * then, so that should be before its ttl is over. This object does not hold it any more, and can neither extend nor release
   * it.
   *
   * @returns text that is a secret: whoever has it can take the lock
   * @throws {LockLostError} the lock is not held
   * @throws {TypeError} it is the lock of the call around this one, or has several keys
   */
  serialize(): string;

  /**
   * Gives the lock back. Never rejects; a second call does nothing more and returns the first one's outcome.
   *
   * @returns `released`; `lost` when the lock, or one of its keys, had not been ours any more; `unknown` when Redis did not answer in time
   *   (then the release is repeated in the background) or refused it; the lock is free after its ttl at the latest
   */
  release(): Promise<ReleaseOutcome>;

  /** Gives the lock back at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}
