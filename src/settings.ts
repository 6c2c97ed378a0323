/** Options, checked and with their defaults in place. */
import { abortSignal, count, duration, ownOptions } from './checks.js';
import { margin } from './core/lease.js';
import {
  type OnBusy,
  checkMaxTtl,
  readExtend,
  readMaxHold,
  readMaxTtl,
  readName,
  readOnBusy,
  readOnLost,
  readPrefix,
  readReentrant,
  readTimeout,
  readTtl,
} from './option-values.js';
import {
  type AdoptOptions,
  type CloseOptions,
  DEFAULTS,
  type FallbackOptions,
  type GuardOptions,
  type LockerOptions,
  type LockOptions,
  type SkipOptions,
  type TryLockOptions,
} from './options.js';

const HOLD_OPTIONS = ['ttl', 'extend', 'maxHold', 'reentrant', 'name'] as const;
const CALL_OPTIONS = ['timeout', 'signal', ...HOLD_OPTIONS] as const;
const ADOPT_OPTIONS = CALL_OPTIONS.filter((option) => option !== 'reentrant');
const GUARD_OPTIONS = ['onLost', 'onBusy', ...CALL_OPTIONS] as const;
const LOCKER_OPTIONS = [
  'timeout',
  'ttl',
  'extend',
  'maxHold',
  'reentrant',
  'prefix',
  'commandTimeout',
  'minValidity',
  'maxWaiters',
  'waitReplicas',
  'maxTtl',
] as const;

/** {@link LockerOptions}, checked. */
export interface LockerSettings {
  readonly timeout: number;
  readonly ttl: number;
  readonly extend: boolean;
  readonly maxHold: number | undefined;
  readonly reentrant: boolean;
  readonly prefix: string;
  readonly commandTimeout: number | undefined;
  readonly minValidity: number | undefined;
  readonly maxWaiters: number;
  readonly waitReplicas: number | undefined;
  /** Of several servers: the longest ttl that a lock may have; 0 when that is not asked. Undefined of one. */
  readonly maxTtl: number | undefined;
}

/** {@link LockOptions}, checked, with the locker's settings and the defaults in place. */
export interface LockSettings {
  readonly timeout: number;
  readonly ttl: number;
  readonly extend: boolean;
  readonly maxHold: number;
  readonly reentrant: boolean;
  readonly signal: AbortSignal | undefined;
  readonly name: string;
  readonly commandTimeout: number;
  readonly minValidity: number;
}

/** {@link GuardOptions}, checked. */
export interface GuardSettings extends LockSettings {
  readonly onLost: 'reject' | 'abort';
  readonly onBusy: OnBusy;
}

/**
 * @param several - whether the locker works with several servers
 * @throws {TypeError | RangeError} naming option, rule and value
 */
export function readLockerOptions(options: LockerOptions | undefined, several = false): LockerSettings {
  const own = ownOptions('createLocker', options, LOCKER_OPTIONS);
  const ttl = own.ttl === undefined ? DEFAULTS.ttl : readTtl(own.ttl);
  const settings = {
    timeout: own.timeout === undefined ? DEFAULTS.timeout : readTimeout(own.timeout),
    ttl,
    extend: own.extend === undefined ? DEFAULTS.extend : readExtend(own.extend),
    maxHold: own.maxHold === undefined ? undefined : readMaxHold(own.maxHold),
    reentrant: own.reentrant === undefined ? DEFAULTS.reentrant : readReentrant(own.reentrant),
    prefix: own.prefix === undefined ? DEFAULTS.prefix : readPrefix(own.prefix),
    commandTimeout:
      own.commandTimeout === undefined
        ? undefined
        : duration('commandTimeout', own.commandTimeout, { min: 10 }),
    minValidity:
      own.minValidity === undefined ? undefined : duration('minValidity', own.minValidity, { min: 1 }),
    maxWaiters: own.maxWaiters === undefined ? DEFAULTS.maxWaiters : count('maxWaiters', own.maxWaiters),
    waitReplicas: own.waitReplicas === undefined ? undefined : count('waitReplicas', own.waitReplicas),
    maxTtl: readMaxTtl(own.maxTtl, ttl, several),
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
  return readSettings(where, ownOptions(where, options, CALL_OPTIONS), settings);
}

/**
 * {@link readLockOptions} for work under a lock.
 *
 * @throws {TypeError | RangeError} naming option, rule and value
 */
export function readGuardOptions(
  where: string,
  options: GuardOptions | SkipOptions | FallbackOptions<unknown> | undefined,
  settings: LockerSettings,
): GuardSettings {
  const own = ownOptions(where, options, GUARD_OPTIONS);
  const onBusy = own.onBusy === undefined ? DEFAULTS.onBusy : readOnBusy(own.onBusy);
  const read = readSettings(where, own, settings);
  return {
    ...read,
    timeout: onBusy !== 'wait' && own.timeout === undefined ? 0 : read.timeout,
    onLost: own.onLost === undefined ? DEFAULTS.onLost : readOnLost(own.onLost),
    onBusy,
  };
}

function readSettings(
  where: string,
  own: Partial<Record<(typeof CALL_OPTIONS)[number], unknown>>,
  settings: LockerSettings,
): LockSettings {
  const ttl = own.ttl === undefined ? settings.ttl : readTtl(own.ttl);
  checkMaxTtl('ttl', ttl, settings.maxTtl);
  return {
    timeout: own.timeout === undefined ? settings.timeout : readTimeout(own.timeout),
    ttl,
    extend: own.extend === undefined ? settings.extend : readExtend(own.extend),
    maxHold:
      own.maxHold === undefined
        ? (settings.maxHold ?? Math.max(DEFAULTS.maxHold, ttl))
        : readMaxHold(own.maxHold),
    reentrant: own.reentrant === undefined ? settings.reentrant : readReentrant(own.reentrant),
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
  return { ...readSettings(where, ownOptions(where, options, HOLD_OPTIONS), settings), timeout: 0 };
}

/** {@link readLockOptions} for a lock that is taken over. */
export function readAdoptOptions(
  where: string,
  options: AdoptOptions | undefined,
  settings: LockerSettings,
): LockSettings {
  return readSettings(where, ownOptions(where, options, ADOPT_OPTIONS), settings);
}

/** @throws {TypeError | RangeError} naming option, rule and value */
export function readCloseOptions(options: CloseOptions | undefined): number {
  const { grace } = ownOptions('close', options, ['grace']);
  return grace === undefined ? DEFAULTS.grace : duration('grace', grace, { min: 0 });
}

function resolveMinValidity({ minValidity }: Pick<LockerSettings, 'minValidity'>, ttl: number): number {
  const longest = Math.floor(ttl - margin(ttl));
  const least = minValidity ?? Math.floor(ttl / 2);
  // A lease is never as long as its ttl, so a longer minimum would refuse every grant until the timeout.
  if (least >= longest) {
    throw new RangeError(`minValidity must be below ${longest} ms with a ttl of ${ttl} ms, not ${least}`);
  }
  return least;
}
