import { LockBackendError, LockClosedError, LockTimeoutError } from '../errors.js';
import type { AcquireReply } from '../kinds/kind.js';
import type { Failure } from './failure.js';
import type { Lease } from './lease.js';
import type { End } from './patience.js';
import type { AcquireRequest } from './request.js';

/** What stood in the way at the last look; it decides which error a caller gets whose patience has ended. */
export type Obstacle =
  | BackendObstacle
  | {
      readonly is: 'holder';
      /** For people; undefined when it is not known. */
      readonly who: string | undefined;
      /** Since when, in ms on the monotonic clock; undefined when it is not known. */
      readonly since: number | undefined;
    };

export type BackendObstacle = { readonly is: 'backend' } & Pick<Failure, 'reason' | 'message' | 'retryable'>;

/** Whom a reply names as the holder. @param now - when it came, on the monotonic clock */
export function heldBy(
  { holder, heldFor }: Extract<AcquireReply, { granted: false }>,
  now: number,
): Obstacle {
  return { is: 'holder', who: holder, since: heldFor === undefined ? undefined : now - heldFor };
}

/** What is known about a call that ends without the lock. */
export interface Refusal {
  readonly request: AcquireRequest;
  /** Why it has stopped waiting; undefined when it had only one try, or when Redis refuses for good. */
  readonly end: End | undefined;
  readonly obstacle: Obstacle | undefined;
  /** How long it has waited, in ms. */
  readonly waited: number;
  /** Epoch ms until which an unanswered attempt may hold the key; undefined while all were answered. */
  readonly unknownUntil: number | undefined;
  /** The monotonic clock. */
  readonly now: number;
}

/** What the caller's promise rejects with. */
export function reasonOf({ request, end, obstacle, waited, unknownUntil, now }: Refusal): unknown {
  const { site, timeout, commandTimeout } = request;
  const { key } = site;
  const backendError = ({ reason, message, retryable }: Omit<Failure, 'outcome'>): LockBackendError =>
    new LockBackendError({ key, reason, message, retryable, waited, unknownUntil });

  if (obstacle?.is === 'backend' && !obstacle.retryable) return backendError(obstacle);
  if (end?.why === 'aborted') return end.reason;
  if (end?.why === 'closed') return new LockClosedError(key);
  if (obstacle?.is === 'holder') {
    const { who: holder, since } = obstacle;
    return new LockTimeoutError({
      key,
      timeout,
      waited,
      holder,
      heldFor: since === undefined ? undefined : now - since,
    });
  }
  if (obstacle?.is === 'backend') return backendError(obstacle);
  const patient = Math.min(timeout, commandTimeout);
  return backendError({ reason: 'NO_REPLY', message: `no reply within ${patient} ms`, retryable: true });
}

/** A grant came so late that too little of it is left. */
export function tooSlow(lease: Lease, ttl: number, minValidity: number): BackendObstacle {
  // Rounded down: as much as was asked for is never said to be too little.
  const remaining = Math.floor(lease.remaining);
  return {
    is: 'backend',
    reason: 'TOO_SLOW',
    message: `the grant came with ${remaining} ms of its ${ttl} ms left, less than the minValidity of ${minValidity} ms`,
    retryable: true,
  };
}
