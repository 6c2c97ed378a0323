import type { Engine } from './engine.js';
import type { Lines } from './lines.js';
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
