import type { Tenure } from '../kinds/kind.js';

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
