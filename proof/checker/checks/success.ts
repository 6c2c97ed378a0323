import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** S7: a call whose body was told that the lock is lost does not end as if all were well. */
export function success({ events }: Judged): Violation[] {
  const aborted = new Set<string>();
  return events.flatMap((event): Violation[] => {
    if (event.type === 'abort') aborted.add(callId(event));
    if (event.type !== 'done' || event.outcome !== 'ok' || !aborted.has(callId(event))) return [];
    const text = `${callId(event)} had lost its lock, and ended as if all were well`;
    return [{ check: 'success', at: event.at, text }];
  });
}
