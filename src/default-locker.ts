import { LockerMissingError } from './errors.js';
import { show } from './checks.js';
import type { Locker } from './locker.js';

/** A registered symbol: the ESM and the CJS copy of the package, both loaded in one process, share the default locker. */
const SLOT = Symbol.for('latchkey.defaultLocker');

const shared = globalThis as { [SLOT]?: Locker | undefined };

/**
 * Sets the locker that decorated methods use when their decorator names none.
 *
 * Read at each call, not when the class is made: so it can be set after the services are imported, and set anew in tests.
 *
 * @param locker - undefined takes it away
 * @throws {TypeError} when `locker` is no locker
 */
export function setDefaultLocker(locker: Locker | undefined): void {
  shared[SLOT] = locker === undefined ? undefined : checkLocker('setDefaultLocker: the argument', locker);
}

/**
 * @param site - who asks, for the error
 * @throws {LockerMissingError} when none is set
 */
export function defaultLocker(site: string): Locker {
  const locker = shared[SLOT];
  if (locker === undefined) throw new LockerMissingError(site);
  return locker;
}

/** @throws {TypeError} when `value` is no locker. By shape, since it may come from the other copy of the package */
export function checkLocker(what: string, value: unknown): Locker {
  const { withLock, acquire } = (value ?? {}) as Partial<Locker>;
  if (typeof withLock === 'function' && typeof acquire === 'function') return value as Locker;
  throw new TypeError(`${what} must be a locker made by createLocker, not ${show(value)}`);
}
