import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** How long after the last fault all is well again, ms: a ttl of the workers and a second. */
const WITHIN = 1_400;

/** How calls end that had the lock for as long as they wanted. */
const WELL = ['ok', 'failed'];

/** L5: soon after all has been healed, calls that are ready to wait have the lock, and keep it. */
export function recovered({ events }: Judged): Violation[] {
  const healed = events.find(({ type }) => type === 'healed');
  if (healed === undefined) return [];
  const asked = new Set<string>();
  const found: Violation[] = [];
  let well = 0;
  for (const event of events) {
    if (event.at < healed.at + WITHIN) continue;
    if (event.type === 'inv') asked.add(callId(event));
    if (event.type !== 'done' || !asked.has(callId(event))) continue;
    if (WELL.includes(event.outcome!)) well += 1;
    else
      found.push({ check: 'recovered', at: event.at, text: `${callId(event)} ended with ${event.outcome}` });
  }
  if (well === 0) found.push({ check: 'recovered', at: healed.at, text: 'no call had the lock again' });
  return found;
}
