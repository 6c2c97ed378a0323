import { byKey, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** S2: the server gives out higher and higher fencing tokens, and no two calls enter with the same one. */
export function fences({ events, claims }: Judged): Violation[] {
  const found: Violation[] = [];
  const given = events.filter((event) => event.type === 'fence');
  for (const [key, group] of byKey(given)) {
    for (const { at, after, last } of group) {
      if (last > after) continue;
      found.push({ check: 'fences', at, key, text: `${last} was given out after ${after}` });
    }
  }
  const holder = new Map<string, string>();
  for (const { key, fence, id, from } of claims) {
    const before = holder.get(`${key} ${fence}`);
    holder.set(`${key} ${fence}`, id);
    if (before === undefined) continue;
    found.push({ check: 'fences', at: from, key, text: `${id} entered with ${fence}, as ${before} did` });
  }
  return found;
}
