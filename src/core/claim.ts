import type { ReleaseReply, Tenure } from '../kinds/kind.js';

/** Which lock, and where in the program it was asked for. */
export interface LockSite {
  /** The caller's key, without the locker's prefix. */
  readonly key: string;
  /** The lock site: the option `name`, or `Class.method`. Few different values, so fit to label metrics with. */
  readonly name: string;
}

/** One call's claim to a lock: what it tries to own, from the first attempt to the confirmed release. */
export interface Claim {
  readonly site: LockSite;
  readonly tenure: Tenure;
  /** Longest wait for one reply of Redis, in ms. */
  readonly commandTimeout: number;
}

/**
 * What became of a release: `released`, the lock was ours and is free now; `lost`, it had not been ours any more;
 * `unknown`, Redis did not say (the lock is free after its ttl at the latest).
 */
export type ReleaseOutcome = ReleaseReply | 'unknown';
