import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** How calls end whose bodies end with an error: one of their work, or one that their signal gave them. */
const OWN = ['failed', 'heard'];

/** S7, E1: a call whose body was told that the lock is lost does not end as if all were well; an error of the body is the call's. */
export function success({ events }: Judged): Violation[] {
  const aborted = new Set<string>();
  const threw = new Set<string>();
  return events.flatMap((event): Violation[] => {
    if (event.type === 'abort') aborted.add(callId(event));
    if (event.type === 'exit' && event.threw) threw.add(callId(event));
    if (event.type !== 'done') return [];
    const [id, outcome] = [callId(event), event.outcome!];
    const tell = (text: string): Violation[] => [{ check: 'success', at: event.at, text: `${id} ${text}` }];
    if (threw.has(id) && !OWN.includes(outcome))
      return tell(`ended with ${outcome}, and not with its body's error`);
    return outcome === 'ok' && aborted.has(id)
      ? tell('had lost its lock, and ended as if all were well')
      : [];
  });
}
