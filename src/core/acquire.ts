import { adopt } from './adopt.js';
import type { Engine } from './engine.js';
import type { Lines } from './lines.js';
import type { Nesting } from './nesting.js';
import type { AcquireRequest, Grant } from './request.js';
import { tryOnce } from './try-once.js';
import { Waiter } from './waiter.js';

/**
 * Waits until the lock is granted or the caller's patience ends. Nothing stays behind in Redis when it rejects.
 *
 * @throws {LockTimeoutError} the lock was somebody else's until `timeout` had passed
 * @throws {LockBackendError} Redis did not answer until then, or refuses for good
 * @throws {LockQueueFullError} too many callers of this locker wait already
 * @throws {LockClosedError} the locker closes
 * @throws the signal's reason when `signal` aborts
 */
export function acquire(engine: Engine, lines: Lines, request: AcquireRequest): Promise<Grant> {
  const waiter = new Waiter(engine, request);
  if (waiter.patience.end !== undefined) waiter.refuse(undefined, undefined);
  else if (request.timeout === 0) tryOnce(engine, waiter, lines.holder(request.keys.lock));
  else lines.join(waiter);
  return waiter.granted;
}

/**
 * Takes over the lock that somebody has left under `token`. Nothing stays behind in Redis when it rejects.
 *
 * @throws {LockLostError} the lock is not there any more, or somebody else has adopted it
 * @throws {LockBackendError} Redis did not answer until the timeout, or refuses for good
 * @throws {LockClosedError} the locker closes
 * @throws the signal's reason when `signal` aborts
 */
export function takeOver(engine: Engine, request: AcquireRequest, token: string): Promise<Grant> {
  const waiter = new Waiter(engine, request);
  if (waiter.patience.end === undefined) adopt(engine, waiter, token);
  else waiter.refuse(undefined, undefined);
  return waiter.granted;
}

/** Waits until the lock of a section is granted to a call inside it; see {@link Nesting}. Rejects as {@link acquire} does. */
export function enter(engine: Engine, nesting: Nesting, request: AcquireRequest): Promise<Grant> {
  const waiter = new Waiter(engine, request);
  nesting.join(waiter);
  return waiter.granted;
}
