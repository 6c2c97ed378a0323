import { has, ownOptions, quiet, show } from './checks.js';
import type {
  Args,
  LockDecorator,
  MethodFallbackOptions,
  MethodLockOptions,
  MethodSkipOptions,
  ThisOf,
} from './decorator.js';
import { checkLocker, defaultLocker } from './default-locker.js';
import type { Guardable } from './guardable.js';
import type { Lockable } from './key-list.js';
import { tellOptions } from './metadata.js';
import { type Plan, WRAP_OPTIONS, wrapFunction } from './wrap.js';

/**
 * Decorates a method so that it runs once at a time per key, across all processes that share the Redis.
 *
 * One export for both flavours of decorators: TypeScript's `experimentalDecorators` and the standard (TC39) ones.
 *
 * @param key - what to lock, or a function of the method's own arguments, with the instance as `this`, that tells it: a key,
 *   or a list of keys, all of which are held while the method runs
 * @param options - longest wait for the lock in ms (0 tries once, default 40 000), or {@link MethodLockOptions}
 * @returns the decorator. The method keeps its type, name, length, own properties and Reflect metadata; its
 *   options are found in its metadata under `LOCK_METADATA`
 * @throws {TypeError | RangeError | LockKeyError} when the class is made: a bad option or key, or not an async method.
 *   The decorated method rejects with what `locker.acquire` throws, with {@link LockKeyError} when the key function fails,
 *   and with {@link LockerMissingError} when there is no locker; the method has not run then
 * @example
 * class PossumLodge {
 *   @WithLock((p: MemberParams) => p.phoneNumber)
 *   async addMember(p: MemberParams) { … }
 * }
 */
export function WithLock<A extends Args, S = unknown, L = unknown, B extends Args = Args>(
  key: Lockable | ((this: ThisOf<S, L>, ...args: A) => Lockable),
  options?: number | MethodLockOptions<B, ThisOf<S, L>>,
): LockDecorator<A, S, L, B>;
/** The same for a method that is left out when somebody else has the lock: it resolves to undefined then. */
export function WithLock<A extends Args, S = unknown, L = unknown, B extends Args = Args>(
  key: Lockable | ((this: ThisOf<S, L>, ...args: A) => Lockable),
  options: MethodSkipOptions<B, ThisOf<S, L>>,
): LockDecorator<A, S, L, B, undefined>;
/** The same for a method with a substitute for when somebody else has the lock: it resolves to what `onBusy` returns then. */
export function WithLock<A extends Args, Substitute, S = unknown, L = unknown, B extends Args = Args>(
  key: Lockable | ((this: ThisOf<S, L>, ...args: A) => Lockable),
  options: MethodFallbackOptions<B, ThisOf<S, L>, Substitute>,
): LockDecorator<A, S, L, B, Substitute>;
export function WithLock(key: unknown, options?: unknown): unknown {
  const { locker, ...lockOptions } = readOptions(options);
  const metadata = Object.freeze({ key, ...lockOptions, ...(locker !== undefined && { locker }) });
  const decorate = (method: Guardable, nameOf: Plan['nameOf']): Guardable => {
    const wrapped = wrapFunction('WithLock', method, {
      key,
      options: lockOptions,
      locker: lockerOf(locker),
      nameOf,
    });
    tellOptions(wrapped, metadata);
    return wrapped;
  };

  return (target: unknown, context: Context, descriptor?: PropertyDescriptor | number) => {
    if (isStandardContext(context)) {
      const { kind, name } = context;
      if (kind !== 'method') throw notAMethod(kind === 'class' ? 'a class' : `the ${kind} ${String(name)}`);
      return decorate(target as Guardable, (instance) => `${className(instance)}${String(name)}`);
    }
    const property = context === undefined ? undefined : String(context);
    // A parameter's place, of a method or of the constructor.
    if (typeof descriptor === 'number') throw notAMethod(`a parameter of ${property ?? 'the constructor'}`);
    const method: unknown = descriptor?.value;
    if (property === undefined || typeof method !== 'function')
      throw notAMethod(whatIs(property, descriptor));
    // The legacy flavour tells the class that declares the method, so a subclass does not give it another name.
    const name = `${className(target)}${property}`;
    return { ...descriptor, value: decorate(method as Guardable, () => name) };
  };
}

const METHOD_OPTIONS = [...WRAP_OPTIONS, 'locker'] as const;

function readOptions(options: unknown): Partial<Record<(typeof METHOD_OPTIONS)[number], unknown>> {
  if (typeof options === 'number') return readOptions({ timeout: options });
  if (options !== undefined && (typeof options !== 'object' || options === null)) {
    throw new TypeError(
      `WithLock: the second argument must be a timeout in ms or an options object, not ${show(options)}`,
    );
  }
  return ownOptions('WithLock', options, METHOD_OPTIONS);
}

function lockerOf(locker: unknown): Plan['locker'] {
  if (locker === undefined) return (_instance, site) => defaultLocker(site);
  if (typeof locker === 'function') {
    const find = locker as (instance: unknown) => unknown;
    return (instance, site) => {
      const found = find(instance);
      quiet(found);
      return checkLocker(`${site}: what the option locker returns`, found);
    };
  }
  const fixed = checkLocker('WithLock: locker', locker);
  return () => fixed;
}

/** What compilers say of what is decorated: in the legacy flavour its name, which a class and its constructor have not. */
type Context = { readonly kind: string; readonly name: string | symbol } | string | symbol | undefined;

function isStandardContext(context: Context): context is Exclude<Context, string | symbol | undefined> {
  return has(context, 'kind');
}

function whatIs(property: string | undefined, descriptor: PropertyDescriptor | undefined): string {
  if (property === undefined) return 'a class';
  return `the ${descriptor?.get || descriptor?.set ? 'accessor' : 'field'} ${property}`;
}

function notAMethod(what: string): TypeError {
  return new TypeError(`@WithLock can only decorate async methods and async generator methods, not ${what}`);
}

/** `Class.`, of an instance, a prototype or (for static methods) the class itself; '' when there is none. */
function className(instance: unknown): string {
  const constructor: unknown =
    typeof instance === 'function'
      ? instance
      : (instance as { constructor?: unknown } | undefined)?.constructor;
  if (typeof constructor !== 'function') return '';
  // A class may have a static member that is called `name`, too.
  const name: unknown = constructor.name;
  return typeof name === 'string' && name !== '' ? `${name}.` : '';
}
