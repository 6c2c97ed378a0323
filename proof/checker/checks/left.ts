import type { Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** R1: processes end by themselves and without a complaint, and nothing lies in the server then but fencing tokens. */
export function left({ events }: Judged): Violation[] {
  return events.flatMap((event): Violation[] => {
    if (event.type === 'ended' && event.code !== 0)
      return [{ check: 'left', at: event.at, text: `${event.process} ended with ${event.code}` }];
    if (event.type !== 'left') return [];
    return event.keys
      .filter((key) => !key.endsWith(':fence'))
      .map((key) => ({ check: 'left', at: event.at, key, text: 'lay in the server when all had ended' }));
  });
}
