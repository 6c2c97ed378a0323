import type { Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** How much earlier than by our reckoning the server may let a lock expire, in ms: it counts whole ones, from when a script began. */
const EARLY = 2;

/** S4: a lock is deleted, passed on or extended by calls that name its token, and by operators. */
export function foreign({ events }: Judged): Violation[] {
  const found: Violation[] = [];
  const owners = new Map<string, { token: string; until: number }>();
  for (const event of events) {
    if (event.type !== 'own' && event.type !== 'disown') continue;
    const { key, at, by } = event;
    const owner = owners.get(key);
    // A server that was stopped in the middle of it may have done it so much later.
    const stopped = event.type === 'own' ? event.until - (event.surely ?? event.until) : 0;
    if (
      owner !== undefined &&
      at + stopped < owner.until - EARLY &&
      by !== 'operator' &&
      !by.includes(owner.token)
    ) {
      const does = event.type === 'own' ? `was given to ${event.token}` : 'was deleted';
      found.push({
        check: 'foreign',
        at,
        key,
        text: `the lock of ${owner.token} ${does} by ${by.join(', ')}`,
      });
    }
    if (event.type === 'own') owners.set(key, { token: event.token, until: event.surely ?? event.until });
    else owners.delete(key);
  }
  return found;
}
