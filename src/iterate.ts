/** An async generator under a lock, which is held from its first step to its end. */
import { throwIfAborted } from './checks.js';
import { LockTimeoutError } from './errors.js';
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
    if (onBusy === 'skip' && error instanceof LockTimeoutError && error !== options.signal?.reason) return;
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

/** The generator that `start` makes, each of whose steps is the lock's work. */
function within(lock: Lock, start: () => AsyncGenerator, onLost: 'reject' | 'abort'): AsyncGenerator {
  const steps = lock.run(start);
  const end = (): Promise<IteratorResult<unknown>> => lock.run(() => steps.return(undefined));
  const endIfLost = async (done = false): Promise<void> => {
    const loss = onLost === 'reject' ? lossOf(lock) : undefined;
    if (loss === undefined) return;
    // The generator tidies up first.
    if (!done) await end();
    throw loss;
  };
  const take = async (step: () => Promise<IteratorResult<unknown>>): Promise<IteratorResult<unknown>> => {
    await endIfLost();
    const result = await lock.run(step);
    // What was made under a lock that is lost goes to nobody.
    await endIfLost(result.done);
    return result;
  };
  return {
    next: (value: unknown) => take(() => steps.next(value)),
    return: (value: unknown) => take(() => steps.return(value)),
    throw: (error: unknown) => take(() => steps.throw(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: async () => {
      await end();
    },
  };
}
