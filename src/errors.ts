/** Every error that latchkey throws for a reason of its own, and the guard that knows them. */
import { has } from './checks.js';
import { printable } from './printable.js';

/** What went wrong, for programs: one code for each class of error. */
export type LockErrorCode =
  | 'LOCK_TIMEOUT'
  | 'LOCK_LOST'
  | 'LOCK_BACKEND'
  | 'LOCK_KEY'
  | 'LOCK_QUEUE_FULL'
  | 'LOCK_REENTRY'
  | 'LOCK_CLOSED'
  | 'LOCK_NO_LOCKER';

/** Across copies of the package (its ESM and its CJS build, two versions) `instanceof` fails; a registered symbol does not. */
const BRAND = Symbol.for('latchkey.LockError');

/** What all errors of latchkey have in common. Bad options are no LockError, but a `TypeError` or `RangeError`. */
export abstract class LockError extends Error {
  /** Which error it is; see the README's table. */
  abstract readonly code: LockErrorCode;
  /** Whether the same call may succeed later without anybody changing the program. */
  abstract readonly retryable: boolean;
  /** The key, as the caller gave it; undefined when there was none. */
  readonly key: string | undefined;

  constructor(message: string, key: string | undefined) {
    super(message);
    this.key = key;
    // Not enumerable: it says nothing to a reader of logs.
    Object.defineProperty(this, BRAND, { value: true });
  }
}

/**
 * Whether `error` is an error of latchkey, whichever copy of the package it comes from.
 *
 * @example
 * try { await lodge.addMember(member) } catch (error) {
 *   if (isLockError(error) && error.code === 'LOCK_TIMEOUT') return response.status(409).end();
 *   throw error;
 * }
 */
export function isLockError(
  error: unknown,
): error is
  | LockTimeoutError
  | LockLostError
  | LockBackendError
  | LockKeyError
  | LockQueueFullError
  | LockReentryError
  | LockClosedError
  | LockerMissingError {
  return has(error, BRAND);
}

/** The lock was somebody else's until the caller's `timeout` had passed. */
export class LockTimeoutError extends LockError {
  override readonly name = 'LockTimeoutError';
  override readonly code = 'LOCK_TIMEOUT';
  override readonly retryable = true;
  /** How long the caller has waited, in ms. */
  readonly waited: number;
  /** Who held the lock when it was last looked at: `host/pid name`; undefined when it was not taken by latchkey. */
  readonly holder: string | undefined;
  /** For how long that one has held it, in ms; undefined when it is not known. */
  readonly heldFor: number | undefined;

  constructor(details: {
    key: string;
    timeout: number;
    waited: number;
    holder: string | undefined;
    heldFor: number | undefined;
  }) {
    const { key, timeout, waited, holder, heldFor } = details;
    const by = holder === undefined ? 'a value that latchkey did not write' : printable(holder);
    const time = heldFor === undefined ? '' : `for ${(heldFor / 1_000).toFixed(1)} s `;
    const how =
      timeout === 0
        ? 'is taken (timeout 0: tried once)'
        : `was not granted within its timeout of ${timeout} ms (waited ${Math.round(waited)} ms)`;
    super(`lock ${printable(key)} ${how}; held ${time}by ${by}`, key);
    this.waited = waited;
    this.holder = holder;
    this.heldFor = heldFor;
  }
}

/**
 * Why a lock was lost: `expired`, its lease was over before it could be extended; `taken`, Redis had something else at the
 * key, or nothing; `max-hold`, it was held for the option `maxHold`; `closed`, the locker was closed and its grace was over;
 * `released`, it was given back, or a call inside another one's lock outlived that one; `handed-over`, `serialize` has left
 * it to somebody else. Only `assertHeld` says `short`: less of the lease is left than was asked for.
 */
export type LossReason = 'expired' | 'taken' | 'max-hold' | 'closed' | 'released' | 'handed-over' | 'short';

const LOSSES: Record<LossReason, string> = {
  expired: 'its lease was over before it could be extended',
  taken: 'it was taken away in Redis',
  'max-hold': 'it was held for as long as its maxHold allows',
  closed: 'its locker was closed',
  released: 'it was given back',
  'handed-over': 'it was handed over to whoever adopts it',
  short: 'less is left of its lease than was asked for',
};

/** The lock was lost while the body was at work: somebody else may have had it meanwhile. */
export class LockLostError extends LockError {
  override readonly name = 'LockLostError';
  override readonly code = 'LOCK_LOST';
  /** The body has done some of its work: only the caller knows whether it may be done again. */
  override readonly retryable = false;
  /** Why: see {@link LossReason}. */
  readonly reason: LossReason;
  /** For how long it was held, in ms. */
  readonly held: number;

  constructor(details: { key: string; reason: LossReason; held: number }) {
    const { key, reason, held } = details;
    super(
      `lock ${printable(key)} is not held any more (${Math.round(held)} ms after the grant): ${LOSSES[reason]}`,
      key,
    );
    this.reason = reason;
    this.held = held;
  }
}

/** Redis could not be reached, did not answer or refused, until the caller's `timeout` had passed or for good. */
export class LockBackendError extends LockError {
  override readonly name = 'LockBackendError';
  override readonly code = 'LOCK_BACKEND';
  override readonly retryable: boolean;
  /** Redis' error code (`NOPERM`), the system's (`ECONNREFUSED`), `NO_REPLY`, `TOO_SLOW`, `CONNECTION`, `BACKLOG`, `CLIENT_CLOSED` or `UNEXPECTED_REPLY`. */
  readonly reason: string;
  /** How long the caller has waited, in ms. */
  readonly waited: number;
  /**
   * `never-held`: Redis has nothing of this call. `unknown`: an unanswered command may have taken the lock; it is
   * being given back, and is free at {@link LockBackendError.unknownUntil} at the latest.
   */
  readonly ownership: 'never-held' | 'unknown';
  /** Epoch ms; undefined when the call never held the lock. */
  readonly unknownUntil: number | undefined;

  constructor(details: {
    key: string;
    reason: string;
    message: string;
    retryable: boolean;
    waited: number;
    unknownUntil: number | undefined;
  }) {
    const { key, reason, message, retryable, waited, unknownUntil } = details;
    super(`lock ${printable(key)} could not be taken (waited ${Math.round(waited)} ms): ${message}`, key);
    this.reason = reason;
    this.retryable = retryable;
    this.waited = waited;
    this.ownership = unknownUntil === undefined ? 'never-held' : 'unknown';
    this.unknownUntil = unknownUntil;
  }
}

/** The key is not one that can be locked, or the key function failed (its error is the `cause`). */
export class LockKeyError extends LockError {
  override readonly name = 'LockKeyError';
  override readonly code = 'LOCK_KEY';
  override readonly retryable = false;

  constructor(message: string, details: { key?: string; cause?: unknown } = {}) {
    super(message, details.key);
    if ('cause' in details) this.cause = details.cause;
  }
}

/** More callers of this locker wait than its `maxWaiters`; this one was refused at once. */
export class LockQueueFullError extends LockError {
  override readonly name = 'LockQueueFullError';
  override readonly code = 'LOCK_QUEUE_FULL';
  override readonly retryable = true;

  constructor(key: string, maxWaiters: number) {
    super(`lock ${printable(key)} was not waited for: ${maxWaiters} callers (maxWaiters) wait already`, key);
  }
}

/**
 * A call under a lock asked for that lock again with `reentrant: false`, or for one whose holder waits, inside this process,
 * for something that the caller holds: waiting would never have ended.
 */
export class LockReentryError extends LockError {
  override readonly name = 'LockReentryError';
  override readonly code = 'LOCK_REENTRY';
  /** A deadlock may not come about again; a call that asks for its own lock always does. */
  override readonly retryable: boolean;
  /** `own-lock` or `deadlock`. */
  readonly reason: 'own-lock' | 'deadlock';

  /** @param circle - who waits for what; empty for a call that asks for its own lock */
  constructor(details: { key: string; name: string; circle: readonly Wish[] }) {
    const { key, name, circle } = details;
    const isDeadlock = circle.length > 0;
    const wishes = circle.map(
      ({ holder, held, site, wanted }) =>
        `${printable(holder)} holds ${printable(held)} and waits for ${printable(wanted)} in ${printable(site)}`,
    );
    const why = isDeadlock ? `deadlock: ${wishes.join('; ')}` : `${printable(name)} is called by its holder`;
    super(`lock ${printable(key)} was not waited for: ${why}`, key);
    this.reason = isDeadlock ? 'deadlock' : 'own-lock';
    this.retryable = isDeadlock;
  }
}

/** `holder` holds the key `held`, and waits for `wanted` at `site`: names of lock sites, and keys. */
interface Wish {
  readonly holder: string;
  readonly held: string;
  readonly site: string;
  readonly wanted: string;
}

/** The locker is closed or closing. */
export class LockClosedError extends LockError {
  override readonly name = 'LockClosedError';
  override readonly code = 'LOCK_CLOSED';
  override readonly retryable = false;

  constructor(key: string) {
    super(`lock ${printable(key)} was not taken: the locker is closed`, key);
  }
}

/** A decorated method was called before there was a locker to ask. */
export class LockerMissingError extends LockError {
  override readonly name = 'LockerMissingError';
  override readonly code = 'LOCK_NO_LOCKER';
  override readonly retryable = false;

  constructor(site: string) {
    super(
      `${site}: no locker is set. Call setDefaultLocker(createLocker(nodeRedis(client))) when the program starts, ` +
        'or give the decorator the option "locker"',
      undefined,
    );
  }
}
