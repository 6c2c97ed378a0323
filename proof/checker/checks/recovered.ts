import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/**
 * How long after the last fault all is well again, ms: a ttl of the workers while they may die, and a second. What they leave
 * behind later would last much longer.
 */
export const WITHIN = 1_400;

/** How calls end that had the lock for as long as they wanted, or did not want it any more. */
const WELL = ['ok', 'failed', 'gave up'];

/** L5, R1: soon after all has been healed, calls that are ready to wait have the lock, and keep it; so nothing that was left behind is in their way. */
export function recovered({ events }: Judged): Violation[] {
  const healed = events.find(({ type }) => type === 'healed');
  if (healed === undefined) return [];
  const timeouts = new Map<string, number>();
  const found: Violation[] = [];
  let well = 0;
  for (const event of events) {
    if (event.at < healed.at + WITHIN) continue;
    if (event.type === 'inv') timeouts.set(callId(event), event.timeout);
    if (event.type !== 'done' || !timeouts.has(callId(event))) continue;
    const tried = timeouts.get(callId(event)) === 0 && event.outcome === 'LOCK_TIMEOUT';
    if (WELL.includes(event.outcome!)) well += 1;
    else if (!tried)
      found.push({ check: 'recovered', at: event.at, text: `${callId(event)} ended with ${event.outcome}` });
  }
  if (well === 0) found.push({ check: 'recovered', at: healed.at, text: 'no call had the lock again' });
  return found;
}
