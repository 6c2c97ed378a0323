import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** How much later than a look at the clock shows it the signal may abort, in ms, while its process runs. */
const LATE = 100;

/** S3, S5: a body is told when its lease is over, also without a word of the server, and a lease that was over stays so. */
export function told({ events, stillness }: Judged): Violation[] {
  const found: Violation[] = [];
  const over = new Map<string, number>();
  const aborted = new Set<string>();
  for (const event of events) {
    if (event.type !== 'look' && event.type !== 'abort' && event.type !== 'exit') continue;
    const id = callId(event);
    const since = over.get(id);
    if (event.type === 'look' && event.until === undefined) over.set(id, since ?? event.at);
    if (event.type === 'look' && event.until !== undefined && (since !== undefined || aborted.has(id)))
      found.push({ check: 'told', at: event.at, text: `the lease of ${id} was over, and is valid again` });
    if (since !== undefined && !aborted.has(id)) {
      const late = event.at - since - stillness.between(event.process, since, event.at);
      if (late > LATE) {
        found.push({
          check: 'told',
          at: event.at,
          text: `${id} was not told ${late.toFixed(0)} ms after its lease was over`,
        });
        over.delete(id);
      }
    }
    if (event.type === 'abort') aborted.add(id);
  }
  return found;
}
