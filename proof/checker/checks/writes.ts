import { byKey, callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** The resource took no write with a lower fencing token than one before. In the order of the resource, which is the file's. */
export function writes({ events }: Judged): Violation[] {
  const found: Violation[] = [];
  const taken = events.filter((event) => event.type === 'write').filter(({ accepted }) => accepted);
  for (const [key, group] of byKey(taken)) {
    let highest = 0;
    for (const event of group) {
      const { at, fence } = event;
      if (fence < highest) {
        const text = `${callId(event)} wrote with ${fence} after ${highest} had been taken`;
        found.push({ check: 'writes', at, key, text });
      }
      highest = Math.max(highest, fence);
    }
  }
  return found;
}
