/** A function under a lock: resolves the key from the arguments of each call and hands over to the locker. */
import { abortSignal, ownOptions, quiet, show } from './checks.js';
import { LockKeyError } from './errors.js';
import type { Guardable } from './guardable.js';
import { iterate, type LockedCall } from './iterate.js';
import { type Keys, readLockable } from './key-list.js';
import type { Locker } from './locker.js';
import { keepAppearance } from './metadata.js';
import type { GuardOptions } from './options.js';
import {
  readExtend,
  readMaxHold,
  readName,
  readOnBusy,
  readOnLost,
  readReentrant,
  readTimeout,
  readTtl,
} from './option-values.js';

/** How a function is put under a lock. */
export interface Plan {
  /** A `Lockable`, or a function that tells it. */
  readonly key: unknown;
  /** `WrapOptions`, as the caller wrote them. */
  readonly options: unknown;
  /** The locker of a call on `instance`. */
  readonly locker: (instance: unknown, site: string) => Locker;
  /** What the lock site is called, when the options do not say: anything that is no text, or an empty one, is no name. */
  readonly nameOf: (instance: unknown) => unknown;
}

type Anything = (this: unknown, ...args: unknown[]) => unknown;

/** All but the locker, which a decorated method finds otherwise. */
export const WRAP_OPTIONS = [
  'timeout',
  'ttl',
  'extend',
  'maxHold',
  'reentrant',
  'onLost',
  'onBusy',
  'signal',
  'name',
] as const;

/**
 * @param where - the call, for errors
 * @returns a function that looks like `fn` and runs it under the lock that `plan` describes
 * @throws {TypeError | RangeError | LockKeyError} a bad plan, told now and not at the first call
 */
export function wrapFunction<Fn extends Guardable>(where: string, fn: Fn, plan: Plan): Fn {
  if (typeof fn !== 'function') throw new TypeError(`${where}: fn must be a function, not ${show(fn)}`);
  const kind = Object.prototype.toString.call(fn);
  if (kind === '[object GeneratorFunction]') {
    throw new TypeError(
      `${siteName(plan.nameOf(undefined))} is a generator; only async functions and async generators can wait`,
    );
  }
  const isGenerator = kind === '[object AsyncGeneratorFunction]';
  const resolve = callResolver(where, plan, isGenerator);
  const body = fn as Anything;
  const wrapper = isGenerator ? iterating(body, resolve) : promising(body, resolve);
  keepAppearance(fn, wrapper);
  return wrapper as Fn;
}

type Resolve = (instance: unknown, args: unknown[]) => LockedCall;

function promising(fn: Anything, resolve: Resolve): Anything {
  return async function (this: unknown, ...args: unknown[]) {
    const { locker, key, options } = resolve(this, args);
    // What onBusy does to the result is said in the types of wrap and of the decorator.
    return locker.withLock(key, () => mustWait(fn.apply(this, args), options.name), options as GuardOptions);
  };
}

/** The lock is held from the first step to the end: return, throw, or the consumer's break. */
function iterating(fn: Anything, resolve: Resolve): Anything {
  return function (this: unknown, ...args: unknown[]) {
    // The key is read when the method is called, since the caller may change its arguments before the first step;
    // what goes wrong with it is told at the first step, as all errors of a generator are.
    const call = outcome(() => resolve(this, args));
    return iterate(call, () => fn.apply(this, args) as AsyncGenerator);
  };
}

/** Runs `compute` now; the returned function returns or throws what came of it. */
function outcome<Value>(compute: () => Value): () => Value {
  try {
    const value = compute();
    return () => value;
  } catch (error) {
    return () => {
      throw error;
    };
  }
}

/** A body that does not return a promise has the lock only while it starts its work. */
function mustWait(result: unknown, name: string): PromiseLike<unknown> {
  if (typeof (result as PromiseLike<unknown> | undefined)?.then === 'function')
    return result as PromiseLike<unknown>;
  const iterable = typeof result === 'object' && result !== null && Symbol.asyncIterator in result;
  throw new TypeError(
    iterable
      ? `${name} returned an async iterable but is not an async generator function (async *), so it can not be held ` +
          'under a lock; was it compiled for a target below ES2018, or wrapped by another decorator?'
      : `${name} returned ${show(result)}, not a promise: only async methods can be held under a lock`,
  );
}

/** Checks the plan once, so that a call has only to look at its arguments. */
function callResolver(where: string, plan: Plan, isGenerator: boolean): Resolve {
  const { key } = plan;
  const own = ownOptions(where, plan.options, WRAP_OPTIONS);
  const timeout = own.timeout === undefined ? undefined : readTimeout(own.timeout);
  const ttl = own.ttl === undefined ? undefined : readTtl(own.ttl);
  const extend = own.extend === undefined ? undefined : readExtend(own.extend);
  const maxHold = own.maxHold === undefined ? undefined : readMaxHold(own.maxHold);
  const reentrant = own.reentrant === undefined ? undefined : readReentrant(own.reentrant);
  const onLost = own.onLost === undefined ? undefined : readOnLost(own.onLost);
  const onBusy = own.onBusy === undefined ? undefined : readOnBusy(own.onBusy);
  if (isGenerator && typeof onBusy === 'function') {
    throw new TypeError(
      `${where}: onBusy of an async generator must be "wait", "throw" or "skip", not a function`,
    );
  }
  const name = own.name === undefined ? undefined : readName(own.name);
  const { signal } = own;
  if (signal !== undefined && typeof signal !== 'function') abortSignal('signal', signal);
  const fixed =
    typeof key === 'function'
      ? undefined
      : readLockable(key, `${siteName(plan.nameOf(undefined))}: the key is`);

  return (instance, args) => {
    const site = name ?? siteName(plan.nameOf(instance));
    return {
      locker: plan.locker(instance, site),
      key: fixed ?? callKeyFunction(key as Anything, instance, args, site),
      options: {
        timeout,
        ttl,
        extend,
        maxHold,
        reentrant,
        onLost,
        onBusy: typeof onBusy === 'function' ? () => (onBusy as Anything).apply(instance, args) : onBusy,
        name: site,
        signal: (typeof signal === 'function'
          ? callSignalFunction(signal as Anything, instance, args)
          : signal) as AbortSignal,
      },
    };
  };
}

/** What a method or function is called, as the option `name` may be: there are names that no log line can take, and none. */
function siteName(name: unknown): string {
  if (typeof name !== 'string' || name === '') return 'anonymous function';
  return name.slice(0, 100).replace(/[\p{Cc}\p{Cs}]/gu, '?');
}

/** What it finds is checked by the locker. */
function callSignalFunction(find: Anything, instance: unknown, args: unknown[]): unknown {
  const signal = find.apply(instance, args);
  quiet(signal);
  return signal;
}

function callKeyFunction(
  keyFunction: Anything,
  instance: unknown,
  args: unknown[],
  site: string,
): string | Keys {
  let key: unknown;
  try {
    key = keyFunction.apply(instance, args);
  } catch (cause) {
    throw new LockKeyError(`${site}: the key function threw an error (see its cause)`, { cause });
  }
  try {
    return readLockable(key, `${site}: the key function returned`);
  } catch (error) {
    quiet(key);
    throw error;
  }
}
