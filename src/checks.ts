/** Checks of values that come from a caller. Each error names the option, the rule and the value. */

/** A value as an error message shows it: never by the value's own code, which may throw or lie. */
export function show(value: unknown): string {
  switch (typeof value) {
    case 'string': {
      const shown = withoutPassword(value);
      return JSON.stringify(shown.length > 50 ? `${shown.slice(0, 50)}…` : shown);
    }
    case 'bigint':
      return `${value}n`;
    case 'number':
      return Object.is(value, -0) ? '-0' : String(value);
    case 'boolean':
    case 'undefined':
      return String(value);
    case 'object':
      if (value === null) return 'null';
      return isArray(value) ? 'an array' : 'an object';
    default:
      return `a ${typeof value}`;
  }
}

/** Whoever gives the address of their Redis by mistake must not find its password in a log. */
function withoutPassword(text: string): string {
  const [from, to] = [text.indexOf('://') + 3, text.lastIndexOf('@')];
  return from >= 3 && to > from ? `${text.slice(0, from)}[secret]${text.slice(to)}` : text;
}

/** `Array.isArray`, which throws when it is given a proxy that was revoked. */
export function isArray(value: unknown): boolean {
  try {
    return Array.isArray(value);
  } catch {
    return false;
  }
}

/** Whether it is an object with a property of this name; a proxy that does not let itself be looked at has none. */
export function has(value: unknown, name: PropertyKey): boolean {
  try {
    return typeof value === 'object' && value !== null && name in value;
  } catch {
    return false;
  }
}

/** What a duration may be. */
export interface DurationRule {
  readonly min: number;
  /** Whether Infinity is a duration here. */
  readonly infinite?: boolean;
}

/**
 * @param name - the option, as the caller wrote it
 * @returns `value`, an integer number of ms
 * @throws {TypeError} not a number
 * @throws {RangeError} a number that the rule does not allow
 */
export function duration(name: string, value: unknown, { min, infinite = false }: DurationRule): number {
  const rule = `must be an integer number of milliseconds >= ${min}${infinite ? ', or Infinity' : ''}`;
  if (typeof value !== 'number') throw new TypeError(`${name} ${rule}, not ${show(value)}`);
  if (infinite && value === Infinity) return value;
  if (!Number.isSafeInteger(value) || value < min)
    throw new RangeError(`${name} ${rule}, not ${show(value)}`);
  // -0 is 0 to everybody but Object.is.
  return value + 0;
}

/**
 * @returns `value`, a positive integer
 * @throws {TypeError} not a number
 * @throws {RangeError} a number that the rule does not allow
 */
export function count(name: string, value: unknown): number {
  const rule = 'must be an integer >= 1';
  if (typeof value !== 'number') throw new TypeError(`${name} ${rule}, not ${show(value)}`);
  if (!Number.isSafeInteger(value) || value < 1) throw new RangeError(`${name} ${rule}, not ${show(value)}`);
  return value;
}

/** @throws {TypeError} when `value` is not an AbortSignal */
export function abortSignal(name: string, value: unknown): AbortSignal {
  // By shape: a signal of another realm (a Jest environment, a polyfill) is a signal too.
  if (has(value, 'aborted') && has(value, 'addEventListener')) return value as AbortSignal;
  throw new TypeError(`${name} must be an AbortSignal, not ${show(value)}`);
}

/** For a signal of any kind that {@link abortSignal} accepts. @throws its reason, when it has aborted */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw signal.reason;
}

/**
 * @returns `value`, text that can stand in one line
 * @throws {TypeError} not a string
 * @throws {RangeError} empty, longer than `max`, or with control characters or lone surrogates
 */
export function line(name: string, value: unknown, { min, max }: { min: number; max: number }): string {
  const rule = `must be a string of ${min} to ${max} characters without control characters`;
  if (typeof value !== 'string') throw new TypeError(`${name} ${rule}, not ${show(value)}`);
  if (value.length < min || value.length > max || /[\p{Cc}\p{Cs}]/u.test(value)) {
    throw new RangeError(`${name} ${rule}, not ${show(value)}`);
  }
  return value;
}

/** Of any realm: of Object's own prototype or without one, and no array, date, map or instance of a class. */
function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/**
 * The own properties of an options object, each under a name that is known.
 *
 * Own ones only: what a polluted `Object.prototype` offers is nobody's option. Plain ones only: what an instance of a
 * class has on its prototype would silently count for nothing.
 *
 * @param where - what the options are for, as the caller wrote it
 * @param options - undefined is read as no options
 * @throws {TypeError} when `options` is no plain object or has a property that is not in `known`
 */
export function ownOptions<Name extends string>(
  where: string,
  options: unknown,
  known: readonly Name[],
): Partial<Record<Name, unknown>> {
  const own: Partial<Record<Name, unknown>> = Object.create(null) as Partial<Record<Name, unknown>>;
  if (options === undefined) return own;
  if (!isPlainObject(options)) {
    throw new TypeError(`${where}: options must be a plain object, not ${show(options)}`);
  }
  for (const name of Object.keys(options)) {
    if (!known.includes(name as Name)) {
      throw new TypeError(`${where}: there is no option ${show(name)}; there are ${known.join(', ')}`);
    }
    const value = (options as Record<string, unknown>)[name];
    // An option set to undefined is one that was left out, so that options can be passed on.
    if (value !== undefined) own[name as Name] = value;
  }
  return own;
}

/** A promise in the place of a value, or in a list of such, is refused; that it also rejects must not end the process. */
export function quiet(value: unknown): void {
  try {
    for (const one of [value].flat()) if (one instanceof Promise) one.catch(() => undefined);
  } catch {
    // A proxy that does not let itself be looked at is no promise.
  }
}
