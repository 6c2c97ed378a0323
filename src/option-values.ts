/** Checks of the options one by one: each error names option, rule and value. */
import { duration, line, show } from './checks.js';
import type { LockTimeoutError } from './errors.js';
import { hasCleanBraces } from './keys.js';
import { LEAST_TTL } from './options.js';

/** See {@link GuardOptions.onBusy}. */
export type OnBusy = 'wait' | 'throw' | 'skip' | ((busy: LockTimeoutError) => unknown);

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readTimeout(value: unknown): number {
  return duration('timeout', value, { min: 0, infinite: true });
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readTtl(value: unknown): number {
  return duration('ttl', value, { min: LEAST_TTL });
}

/** @throws {TypeError} naming option, rule and value */
export function readExtend(value: unknown): boolean {
  return readBoolean('extend', value);
}

/** @throws {TypeError} naming option, rule and value */
export function readReentrant(value: unknown): boolean {
  return readBoolean('reentrant', value);
}

function readBoolean(option: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new TypeError(`${option} must be true or false, not ${show(value)}`);
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readMaxHold(value: unknown): number {
  return duration('maxHold', value, { min: 1, infinite: true });
}

/** @throws {TypeError} naming option, rule and value */
export function readOnLost(value: unknown): 'reject' | 'abort' {
  if (value === 'reject' || value === 'abort') return value;
  throw new TypeError(`onLost must be "reject" or "abort", not ${show(value)}`);
}

/** @throws {TypeError} naming option, rule and value */
export function readOnBusy(value: unknown): OnBusy {
  if (value === 'wait' || value === 'throw' || value === 'skip') return value;
  if (typeof value === 'function') return value as (busy: LockTimeoutError) => unknown;
  throw new TypeError(`onBusy must be "wait", "throw", "skip" or a function, not ${show(value)}`);
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readName(value: unknown): string {
  return line('name', value, { min: 1, max: 100 });
}

/**
 * @param several - whether the locker works with several servers
 * @returns undefined when it does not
 * @throws {TypeError | RangeError} naming option, rule and value
 */
export function readMaxTtl(value: unknown, ttl: number, several: boolean): number | undefined {
  if (value === undefined) return several ? ttl : undefined;
  const maxTtl = duration('maxTtl', value, { min: 0 });
  if (!several) throw new TypeError(`maxTtl is for lockers of several servers, and this one has one server`);
  if (maxTtl > 0 && maxTtl < ttl) {
    throw new RangeError(`maxTtl must be 0, or at least the ttl of ${ttl} ms, not ${maxTtl}`);
  }
  return maxTtl;
}

/**
 * @param name - the option, as the caller wrote it
 * @param maxTtl - of the locker; 0 and undefined set no limit
 * @throws {RangeError} naming option, rule and value
 */
export function checkMaxTtl(name: string, ttl: number, maxTtl: number | undefined = 0): void {
  if (maxTtl > 0 && ttl > maxTtl)
    throw new RangeError(`${name} must be at most the locker's maxTtl of ${maxTtl} ms, not ${ttl}`);
}

/** @throws {TypeError | RangeError} naming the argument of `extend`, rule and value */
export function checkExtension(ttl: unknown, maxTtl: number | undefined): void {
  checkMaxTtl('extend: ttl', duration('extend: ttl', ttl, { min: LEAST_TTL }), maxTtl);
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readPrefix(value: unknown): string {
  const prefix = line('prefix', value, { min: 0, max: 100 });
  if (!hasCleanBraces(prefix)) {
    throw new RangeError(`prefix must have no braces, or one hash tag around something, not ${show(prefix)}`);
  }
  return prefix;
}
