/** The type of the decorator: what makes one export serve both flavours, and misuse a compile error. No code. */
/* eslint-disable @typescript-eslint/no-explicit-any -- types that must match any method can not be written without */
import type { Locker } from './locker.js';
import type { GuardOptions } from './options.js';
import type { Guardable } from './guardable.js';

/** The parameters of some function. */
export type Args = readonly any[];

/** How a decorated method takes its lock: a locker's options, those of the arguments, and which locker. */
export interface MethodLockOptions<A extends Args, This> extends Omit<GuardOptions, 'signal' | 'onBusy'> {
  /** See {@link GuardOptions.onBusy}. */
  onBusy?: 'wait' | 'throw' | undefined;
  /** The caller's wish to stop waiting, or a function of the method's arguments that finds it there. */
  signal?: AbortSignal | ((this: This, ...args: A) => AbortSignal | undefined) | undefined;
  /** Which locker to ask, or a function of the instance that finds it (dependency injection). Default: the default locker. */
  locker?: Locker | ((instance: This) => Locker) | undefined;
}

/** {@link MethodLockOptions} of a method that may be left out when somebody else has the lock: its result admits undefined. */
export interface MethodSkipOptions<A extends Args, This> extends Omit<MethodLockOptions<A, This>, 'onBusy'> {
  /** See {@link GuardOptions.onBusy}. An async generator then ends without a value. */
  onBusy: 'skip';
}

/** {@link MethodLockOptions} of a method with a substitute for when somebody else has the lock, which its result admits. */
export interface MethodFallbackOptions<A extends Args, This, Substitute> extends Omit<
  MethodLockOptions<A, This>,
  'onBusy'
> {
  /** See {@link GuardOptions.onBusy}. Called with the arguments, and on the instance, of the call. */
  onBusy: (this: This, ...args: A) => Substitute | PromiseLike<Substitute>;
}

/** What the compiler shows when the method does not promise what it may resolve to. */
interface Unannounced<Other, Result> {
  'WithLock: with onBusy, this method may resolve to something that its result type does not admit': {
    other: Other;
    result: Result;
  };
}

/** `unknown` when M may resolve to Other, else {@link Unannounced}. An async generator ends without a value instead. */
type Admits<Other, M> = M extends (...args: any[]) => PromiseLike<infer Result>
  ? [Other] extends [Result]
    ? unknown
    : Unannounced<Other, Result>
  : unknown;

/** What the compiler shows when a function and the method do not fit: the text is the message. */
interface Misfit<A, Q> {
  'WithLock: the function for the key or the signal does not accept the parameters of this method': {
    accepted: A;
    method: Q;
  };
}

/** The parameters that a method may have for a function with the parameters A: these, and more behind them. */
type Accepted<A extends Args> = number extends A['length'] ? A : readonly [...A, ...any[]];

/**
 * `unknown` when a function with the parameters A can be called with M's arguments, else {@link Misfit}.
 *
 * First compared as tuples, which also resolves when M names type parameters of its class; then as functions, where a
 * missing argument may be read as undefined.
 */
type Fits<A extends Args, M> = M extends (this: any, ...args: infer Q) => any
  ? M extends (this: any, ...args: infer P extends Accepted<A>) => any
    ? [Q] extends [P]
      ? unknown
      : FitsCall<A, Q>
    : FitsCall<A, Q>
  : never;

type FitsCall<A extends Args, Q extends any[]> = ((...args: A) => void) extends (...args: Q) => void
  ? unknown
  : Misfit<A, Q>;

/** `this` of the decorated method: S under standard decorators, L (the target) under legacy ones. */
export type ThisOf<S, L> = unknown extends S ? L : S;

/** The decorated method, as inference sees it. */
type Method<This, A extends Args> = (this: This, ...args: A) => Promise<any> | AsyncIterable<any>;

/**
 * What `WithLock(…)` returns: a method decorator of either flavour.
 *
 * A and B: the parameters of the key function and of the options `signal` and `onBusy`. Other: what the method may resolve
 * to instead of its own result. S and L: `this` of the method under standard
 * and under legacy decorators.
 */
export interface LockDecorator<
  A extends Args,
  S = unknown,
  L = unknown,
  B extends Args = Args,
  Other = never,
> {
  /** A standard (TC39) method decorator. */
  <C extends ThisOf<S, L>, M extends Guardable>(
    value: M,
    context: ClassMethodDecoratorContext<C, M> & Fits<A, M> & Fits<B, M> & Admits<Other, M>,
  ): M;
  /** A legacy (`experimentalDecorators`) method decorator. */
  <M extends Guardable>(
    target: ThisOf<S, L>,
    key: string | symbol,
    descriptor: TypedPropertyDescriptor<M> & Fits<A, M> & Fits<B, M> & Admits<Other, M>,
  ): TypedPropertyDescriptor<M>;
  /**
   * Never callable. The compiler infers A, B, S and L from the decorated method through the last signature only, which
   * is how the parameters of the functions are known without annotation.
   */
  (
    value: L | Method<S, A> | Method<S, B>,
    context: string | symbol | ClassMethodDecoratorContext<S>,
    descriptor: TypedPropertyDescriptor<Method<L, A>> | TypedPropertyDescriptor<Method<L, B>>,
    never: never,
  ): never;
}
