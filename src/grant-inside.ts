/** How a call from inside a section gets its lock. */
import { acquire, enter } from './core/acquire.js';
import type { LockSite } from './core/claim.js';
import type { Engine } from './core/engine.js';
import type { Lines } from './core/lines.js';
import type { AcquireRequest, Grant } from './core/request.js';
import type { Section } from './context.js';
import { findCircle, noteWait } from './deadlock.js';
import { LockReentryError } from './errors.js';
import type { Roster } from './roster.js';

/** Where a locker's calls get their locks. */
export interface Counter {
  readonly engine: Engine;
  readonly lines: Lines;
  readonly roster: Roster;
}

/**
 * The grant of a call from inside a section; it goes in with that one's lock, if this is the lock it asks for.
 *
 * Rejects as {@link acquire} does, and with {@link LockReentryError}.
 */
export async function grantInside(
  { engine, lines, roster }: Counter,
  caller: Section,
  request: AcquireRequest,
  reentrant: boolean,
): Promise<Grant> {
  const { site, keys, timeout } = request;
  const around = roster.nearest(caller, keys.lock);
  if (around !== undefined && !reentrant) throw refuseReentry(engine, site, []);
  const wait = {
    site,
    // When the section around it has ended, it waits with everybody else.
    blocker: () => (around?.active === true ? around.inner : roster.holderOf(keys.lock)),
  };
  const circle = timeout > 0 ? findCircle(caller, wait.blocker()) : undefined;
  if (circle !== undefined) {
    // Told from the call's own side: what it holds of that which the last one waits for.
    const last = circle.at(-1)?.wait.blocker() ?? caller;
    throw refuseReentry(engine, site, [{ section: last, wait }, ...circle]);
  }
  // Who does not wait keeps nobody waiting.
  const forget = timeout > 0 ? noteWait(caller, wait) : undefined;
  try {
    return await (around === undefined
      ? acquire(engine, lines, request)
      : enter(engine, around.nesting, request));
  } finally {
    forget?.();
  }
}

/** @param circle - who waits for what; empty for a call that asks for its own lock */
export function refuseReentry(
  engine: Engine,
  site: LockSite,
  circle: readonly { section: Section; wait: { site: LockSite } }[],
): LockReentryError {
  const error = new LockReentryError({
    ...site,
    circle: circle.map(({ section, wait }) => ({
      holder: section.site.name,
      held: section.site.key,
      site: wait.site.name,
      wanted: wait.site.key,
    })),
  });
  engine.events.emit('refused', site, { waited: 0, error });
  return error;
}
