/** What a lost lock means for the call that had it. */
import type { LockLostError } from './errors.js';
import type { Lock } from './lock.js';

/** Why the lock was lost, by the clock too; undefined while it is held, and when it was given back. */
export function lossOf(lock: Lock): LockLostError | undefined {
  if (lock.held) return undefined;
  const { signal } = lock;
  return signal.aborted ? (signal.reason as LockLostError) : undefined;
}

/** The work's own error, which tells by its `cause` that the lock was lost meanwhile, if it has no cause of its own. */
export function withLoss(error: unknown, loss: LockLostError | undefined): unknown {
  const bare = error instanceof Error && error !== loss && !('cause' in error) && Object.isExtensible(error);
  if (bare && loss !== undefined)
    Object.defineProperty(error, 'cause', { value: loss, configurable: true, writable: true });
  return error;
}
