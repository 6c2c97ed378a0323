import type { LossReason } from '../errors.js';
import type { LockKeys } from '../kinds/kind.js';
import type { LockSite, ReleaseOutcome } from './claim.js';
import type { ExtendOutcome } from './keeper.js';
import type { Lease } from './lease.js';

/** What one call asks for. */
export interface AcquireRequest {
  readonly site: LockSite;
  readonly keys: LockKeys;
  /** How long Redis keeps the lock when nobody gives it back, in ms. */
  readonly ttl: number;
  /** Longest wait for one reply of Redis, in ms. */
  readonly commandTimeout: number;
  /** Longest wait for the grant, in ms; 0 tries once, Infinity waits. */
  readonly timeout: number;
  /** When the call began, on the monotonic clock; its timeout counts from then. Default: now. */
  readonly since?: number | undefined;
  /** The caller's wish to stop waiting. */
  readonly signal: AbortSignal | undefined;
  /** A grant with less validity left than this, in ms, is given back and tried again. */
  readonly minValidity: number;
  /** Whether the lease is extended while somebody works under it. */
  readonly extend: boolean;
}

/** The lock is the caller's while the lease lasts. */
export interface Grant {
  readonly lease: Lease;
  /** Higher than that of every earlier grant of the key. */
  readonly fencingToken: number;
  /** How long the caller has waited, in ms. */
  readonly waited: number;
  /** Lets the lock last for `ttl` ms from now, at least. Never rejects. */
  readonly extend: (ttl: number) => Promise<ExtendOutcome>;
  /** Gives the lock back, or hands it on; called once. Never rejects. */
  readonly release: () => Promise<ReleaseOutcome>;
  /**
   * Leaves the lock in Redis to whoever gets its token, and has nothing to do with it from then on. Undefined where it is
   * another section's lock.
   */
  readonly detach: (() => string) | undefined;
  /** Where the lock is another section's: takes note of who works inside that one. */
  readonly contain: ((inner: Inner) => void) | undefined;
}

/** Who works under a grant. */
export interface Inner {
  /** The lock is not its own any more. */
  lose(reason: LossReason): void;
}
