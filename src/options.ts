/** What can be set, what it is when it is not set, and what it may be. Every duration is an integer number of ms. */
import { abortSignal, count, duration, line, ownOptions, show } from './checks.js';
import { margin } from './core/lease.js';
import { hasCleanBraces } from './keys.js';

/** How one call takes a lock. What is left out is the locker's, and then the default. */
export interface LockOptions {
  /** Longest wait for the lock, in ms; 0 tries once, Infinity waits for ever. Default 40 000. */
  timeout?: number | undefined;
  /**
   * How long Redis keeps the lock when nobody gives it back, in ms, at least 100: what a crash of the holder costs the
   * others, and how long the guarded work may take. Default 20 000.
   */
  ttl?: number | undefined;
  /** The caller's wish to stop waiting: the call then rejects with the signal's reason. */
  signal?: AbortSignal | undefined;
  /**
   * What errors, events and the holder information in Redis call this place in the program; 1 to 100 characters. Default:
   * `Class.method`, the name of a wrapped function, or `withLock`, `acquire` or `tryAcquire` for these calls.
   */
  name?: string | undefined;
}

/** How `tryAcquire` takes a lock: it does not wait, so there is no timeout and no signal. */
export type TryLockOptions = Pick<LockOptions, 'ttl' | 'name'>;

/** What holds for all locks of a locker. */
export interface LockerOptions {
  /** Default for {@link LockOptions.timeout}. */
  timeout?: number | undefined;
  /** Default for {@link LockOptions.ttl}. */
  ttl?: number | undefined;
  /**
   * Put before every key; at most 100 characters, with at most one hash tag (`'{locks}:'` puts all keys into one slot of
   * a Cluster). `''` shares keys with other programs that lock with SET NX PX. Default `'lock:'`.
   */
  prefix?: string | undefined;
  /**
   * Longest wait for one reply of Redis, in ms, at least 10. After it the outcome is unknown and is cleaned up. Default: a
   * quarter of the ttl, at most 2 000.
   */
  commandTimeout?: number | undefined;
  /** A grant that arrives with less of its lease left, in ms, is given back and tried again. Default: half of the ttl. */
  minValidity?: number | undefined;
  /** How many callers of this locker may wait at the same time, for all keys together; more are refused at once. Default 10 000. */
  maxWaiters?: number | undefined;
}

/** How a locker closes. */
export interface CloseOptions {
  /** How long holders may finish before their locks are released under them, in ms. Default 5 000. */
  grace?: number | undefined;
}

/** The documented defaults. `commandTimeout` and `minValidity` follow from the ttl. */
export const DEFAULTS = {
  timeout: 40_000,
  ttl: 20_000,
  prefix: 'lock:',
  maxWaiters: 10_000,
  grace: 5_000,
} as const;

const CALL_OPTIONS = ['timeout', 'ttl', 'signal', 'name'] as const;
const LOCKER_OPTIONS = ['timeout', 'ttl', 'prefix', 'commandTimeout', 'minValidity', 'maxWaiters'] as const;

/** {@link LockerOptions}, checked. */
export interface LockerSettings {
  readonly timeout: number;
  readonly ttl: number;
  readonly prefix: string;
  readonly commandTimeout: number | undefined;
  readonly minValidity: number | undefined;
  readonly maxWaiters: number;
}

/** {@link LockOptions}, checked, with the locker's settings and the defaults in place. */
export interface LockSettings {
  readonly timeout: number;
  readonly ttl: number;
  readonly signal: AbortSignal | undefined;
  readonly name: string;
  readonly commandTimeout: number;
  readonly minValidity: number;
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readTimeout(value: unknown): number {
  return duration('timeout', value, { min: 0, infinite: true });
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readTtl(value: unknown): number {
  return duration('ttl', value, { min: 100 });
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readName(value: unknown): string {
  return line('name', value, { min: 1, max: 100 });
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readLockerOptions(options: LockerOptions | undefined): LockerSettings {
  const own = ownOptions('createLocker', options, LOCKER_OPTIONS);
  const settings = {
    timeout: own.timeout === undefined ? DEFAULTS.timeout : readTimeout(own.timeout),
    ttl: own.ttl === undefined ? DEFAULTS.ttl : readTtl(own.ttl),
    prefix: own.prefix === undefined ? DEFAULTS.prefix : readPrefix(own.prefix),
    commandTimeout:
      own.commandTimeout === undefined
        ? undefined
        : duration('commandTimeout', own.commandTimeout, { min: 10 }),
    minValidity:
      own.minValidity === undefined ? undefined : duration('minValidity', own.minValidity, { min: 1 }),
    maxWaiters: own.maxWaiters === undefined ? DEFAULTS.maxWaiters : count('maxWaiters', own.maxWaiters),
  };
  // Told here for the locker's own ttl, and again by each call that brings another one.
  resolveMinValidity(settings, settings.ttl);
  return settings;
}

/**
 * @param where - the call, for errors, and what the lock site is called when `options` does not say
 * @throws {TypeError | RangeError} naming option, rule and value
 */
export function readLockOptions(
  where: string,
  options: LockOptions | undefined,
  settings: LockerSettings,
): LockSettings {
  const own = ownOptions(where, options, CALL_OPTIONS);
  const ttl = own.ttl === undefined ? settings.ttl : readTtl(own.ttl);
  return {
    timeout: own.timeout === undefined ? settings.timeout : readTimeout(own.timeout),
    ttl,
    signal: own.signal === undefined ? undefined : abortSignal('signal', own.signal),
    name: own.name === undefined ? where : readName(own.name),
    commandTimeout: settings.commandTimeout ?? Math.min(Math.ceil(ttl / 4), 2_000),
    minValidity: resolveMinValidity(settings, ttl),
  };
}

/** {@link readLockOptions} for a call that does not wait. */
export function readTryLockOptions(
  where: string,
  options: TryLockOptions | undefined,
  settings: LockerSettings,
): LockSettings {
  ownOptions(where, options, ['ttl', 'name']);
  return { ...readLockOptions(where, options, settings), timeout: 0 };
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readCloseOptions(options: CloseOptions | undefined): number {
  const { grace } = ownOptions('close', options, ['grace']);
  return grace === undefined ? DEFAULTS.grace : duration('grace', grace, { min: 0 });
}

function readPrefix(value: unknown): string {
  const prefix = line('prefix', value, { min: 0, max: 100 });
  if (!hasCleanBraces(prefix)) {
    throw new RangeError(`prefix must have no braces, or one hash tag around something, not ${show(prefix)}`);
  }
  return prefix;
}

function resolveMinValidity({ minValidity }: Pick<LockerSettings, 'minValidity'>, ttl: number): number {
  const longest = Math.floor(ttl - margin(ttl));
  // A lease is never as long as its ttl, so a longer minimum would refuse every grant until the timeout.
  if (minValidity !== undefined && minValidity >= longest) {
    throw new RangeError(
      `minValidity must be below ${longest} ms with a ttl of ${ttl} ms, not ${minValidity}`,
    );
  }
  return minValidity ?? Math.floor(ttl / 2);
}
