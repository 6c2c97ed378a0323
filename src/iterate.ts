/** An async generator under a lock, which is held from its first step to its end. */
import { throwIfAborted } from './checks.js';
import { isLockError } from './errors.js';
import type { Keys } from './key-list.js';
import type { Lock } from './lock.js';
import type { Locker } from './locker.js';
import { lossOf, withLoss } from './loss.js';
import { DEFAULTS, type GuardOptions } from './options.js';
import type { OnBusy } from './option-values.js';

/** One call's lock: where to take it, its keys and how. */
export interface LockedCall {
  readonly locker: Locker;
  readonly key: string | Keys;
  readonly options: Omit<GuardOptions, 'onBusy'> & { name: string; onBusy?: OnBusy | undefined };
}

/**
 * The lock is given back at the end: return, throw, or the consumer's break.
 *
 * @param call - throws what is wrong with the call, which is told at the first step, as all errors of a generator are
 * @param start - makes the generator
 */
export async function* iterate(call: () => LockedCall, start: () => AsyncGenerator): AsyncGenerator {
  const { locker, key, options } = call();
  const { onLost = DEFAULTS.onLost, onBusy = DEFAULTS.onBusy, ...lockOptions } = options;
  if (onBusy !== 'wait') lockOptions.timeout ??= 0;
  let lock: Lock;
  try {
    lock = await locker.acquire(key, lockOptions);
  } catch (error) {
    // By its code: the locker may come from another copy of the package.
    const isBusy = isLockError(error) && error.code === 'LOCK_TIMEOUT' && error !== options.signal?.reason;
    if (isBusy && onBusy === 'skip') return;
    throw error;
  }
  try {
    throwIfAborted(options.signal);
    lock.assertHeld();
    const result: unknown = yield* within(lock, start, onLost);
    return result;
  } catch (error) {
    throw withLoss(error, lossOf(lock));
  } finally {
    await lock.release();
  }
}

/** What the generator that `start` makes does, each of its steps as the lock's work. */
function within(
  lock: Lock,
  start: () => AsyncGenerator,
  onLost: 'reject' | 'abort',
): AsyncIterable<unknown, unknown, unknown> {
  const steps = lock.run(start);
  const endIfLost = async (done = false): Promise<void> => {
    const loss = onLost === 'reject' ? lossOf(lock) : undefined;
    if (loss === undefined) return;
    // The generator tidies up first.
    if (!done) await lock.run(() => steps.return(undefined));
    throw loss;
  };
  const take = async (step: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    await endIfLost();
    const result = await lock.run(step);
    // What was made under a lock that is lost goes to nobody.
    await endIfLost(result.done);
    return result;
  };
  const iterator: AsyncIterator<unknown, unknown, unknown> = {
    next: (value) => take(() => steps.next(value)),
    return: (value) => take(() => steps.return(value)),
    throw: (error) => take(() => steps.throw(error)),
  };
  return { [Symbol.asyncIterator]: () => iterator };
}
