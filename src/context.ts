/** Whose work the running code is part of. */
import { AsyncLocalStorage } from 'node:async_hooks';

import type { LockSite } from './core/claim.js';
import type { Lock } from './lock.js';

/** What is done under one lock, as seen from inside. Known by its shape: it may come from another copy of the package. */
export interface Section {
  readonly lock: Lock;
  readonly site: LockSite;
  /** The innermost section around it that still has its lock. */
  readonly outer: Section | undefined;
  /** What took the lock. */
  readonly owner: object;
  /** The key in Redis. */
  readonly lockKey: string;
  /** Whether the lock is still this section's: neither lost nor given back. */
  readonly active: boolean;
  /** What this section, or one inside it, waits for. */
  readonly waits: Set<Wait>;
}

/** A call from inside a section that waits for another lock. */
export interface Wait {
  readonly site: LockSite;
  /** Who of this process has that lock at the moment. */
  readonly blocker: () => Section | undefined;
}

/** A registered symbol: the ESM and the CJS copy of the package, both loaded in one process, see each other's locks. */
const SLOT = Symbol.for('latchkey.context');

const shared = globalThis as { [SLOT]?: AsyncLocalStorage<Section | undefined> | undefined };

const sections = (shared[SLOT] ??= new AsyncLocalStorage());

/**
 * The lock under which the running code works: the innermost one of those whose method, body or `lock.run` it was called
 * from, directly or over any number of awaits and timers. Also when it is lost or given back meanwhile: then it says so.
 *
 * @returns undefined outside of any lock
 * @example
 * const { signal, fencingToken } = currentLock()!;
 */
export function currentLock(): Lock | undefined {
  return sections.getStore()?.lock;
}

/** The section that the running code is part of. */
export function currentSection(): Section | undefined {
  return sections.getStore();
}

/** The innermost section from `section` to the outside that still has its lock. */
export function activeFrom(section: Section | undefined): Section | undefined {
  let active = section;
  while (active !== undefined && !active.active) active = active.outer;
  return active;
}

/** Runs `work`, and what comes of it, as part of `section`. */
export function inside<Result>(section: Section, work: () => Result): Result {
  return sections.run(section, work);
}

/**
 * Runs `work`, and what comes of it, as part of no section: for what the engine does on behalf of everybody. A connection or
 * a timer that is made inside a section would take all that happens in it later for that section's work.
 */
export function outside<Result>(work: () => Result): Result {
  return sections.getStore() === undefined ? work() : sections.run(undefined, work);
}
