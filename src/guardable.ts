/** Which functions can be held under a lock, and how their calls name it. No code. */
import type { Lockable } from './key-list.js';
import type { GuardOptions } from './options.js';

/** A function that can be held under a lock: it returns a promise, or it is an async generator function. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- any function of this shape, whatever its parameters
export type Guardable = (this: any, ...args: any[]) => Promise<any> | AsyncIterable<any>;

/** What names the lock of a call of `Fn`: a fixed key or list of keys, or a function of its arguments with its `this`. */
export type KeyOf<Fn extends Guardable> =
  Lockable | ((this: ThisParameterType<Fn>, ...args: Parameters<Fn>) => Lockable);

/** How each call of a wrapped function takes its lock: {@link GuardOptions}, but the signal may come from the arguments. */
export interface WrapOptions<Fn extends Guardable> extends Omit<GuardOptions, 'signal'> {
  /** The caller's wish to stop waiting, or a function of the call's arguments that finds it there. */
  signal?:
    | AbortSignal
    | ((this: ThisParameterType<Fn>, ...args: Parameters<Fn>) => AbortSignal | undefined)
    | undefined;
}

/** {@link WrapOptions} of a function that may be left out when somebody else has the lock. */
export interface WrapSkipOptions<Fn extends Guardable> extends Omit<WrapOptions<Fn>, 'onBusy'> {
  /** See {@link GuardOptions.onBusy}. An async generator then ends without a value. */
  onBusy: 'skip';
}

/** {@link WrapOptions} of a function with a substitute for when somebody else has the lock; not of an async generator. */
export interface WrapFallbackOptions<Fn extends Guardable, Substitute> extends Omit<
  WrapOptions<Fn>,
  'onBusy'
> {
  /** See {@link GuardOptions.onBusy}. Called with the arguments, and the `this`, of the call. */
  onBusy: (this: ThisParameterType<Fn>, ...args: Parameters<Fn>) => Substitute | PromiseLike<Substitute>;
}

/** `Fn`, when it may also resolve to `Other`. */
export type Widened<Fn extends Guardable, Other> =
  ReturnType<Fn> extends PromiseLike<infer Result>
    ? (this: ThisParameterType<Fn>, ...args: Parameters<Fn>) => Promise<Result | Other>
    : Fn;
