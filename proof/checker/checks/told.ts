import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';
import type { Event } from '../history.js';

/** How much later than the end of its lease a body may be told, in ms, while its process runs. */
const LATE = 100;

/** So much of a lease may be missing when it is looked at, in ms: a machine is busy between two looks at its clock. */
const BUSY = 50;

/** S3, S5: a body is told when its lease is over, also without a word of the server; what was over stays so, and nothing makes it shorter. */
export function told(judged: Judged): Violation[] {
  const { events, claims, truth, stillness, deathOf } = judged;
  const found: Violation[] = [];
  const over = new Map<string, number>();
  const ends = new Map<string, Event>();
  const until = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'enter') until.set(callId(event), event.until);
    if (event.type !== 'look' && event.type !== 'abort' && event.type !== 'exit') continue;
    const id = callId(event);
    if (event.type !== 'look') {
      if (!ends.has(id)) ends.set(id, event);
    } else if (event.until === undefined) over.set(id, over.get(id) ?? event.at);
    else if (over.has(id) || ends.get(id)?.type === 'abort')
      found.push({ check: 'told', at: event.at, text: `the lease of ${id} was over, and is valid again` });
    else {
      const less = (until.get(id) ?? 0) - event.until;
      until.set(id, event.until);
      if (less <= BUSY + stillness.between(event.process, event.at - less, event.at)) continue;
      const text = `the lease of ${id} was made ${less.toFixed(0)} ms shorter`;
      found.push({ check: 'told', at: event.at, text });
    }
  }
  const last = events.at(-1)?.at ?? 0;
  for (const claim of claims) {
    const { id, process, key } = claim;
    const since = Math.min(over.get(id) ?? Infinity, truth.endOf(claim) ?? Infinity);
    const end = ends.get(id)?.at ?? Math.min(last, deathOf(process));
    if (end - since <= LATE) continue;
    const late = end - since - stillness.between(process, since, end);
    if (late <= LATE) continue;
    const text = `${id} was not told ${late.toFixed(0)} ms after its lease was over`;
    found.push({ check: 'told', at: since, key, text });
  }
  return found;
}
