import { byKey, type Violation } from '../claims.js';
import type { Judged } from '../check.js';
import { WHOLE } from '../truth.js';

/** S2: the server gives out higher and higher fencing tokens, one with each grant, and no two calls enter with the same one. */
export function fences({ events, claims }: Judged): Violation[] {
  const found: Violation[] = [];
  const given = events.filter((event) => event.type === 'fence');
  for (const [key, group] of byKey(given)) {
    for (const { at, after, last } of group) {
      if (last > after) continue;
      found.push({ check: 'fences', at, key, text: `${last} was given out after ${after}` });
    }
  }
  const granted = new Set(given.map(({ key, at, token }) => `${key} ${at} ${token}`));
  const owners = new Map<string, { token: string; until: number }>();
  for (const event of events) {
    if (event.type !== 'own' && event.type !== 'disown') continue;
    const { key, at } = event;
    const owner = owners.get(key);
    owners.delete(key);
    if (event.type === 'disown') continue;
    const { token, until } = event;
    owners.set(key, { token, until });
    // Extended, or put there by an operator.
    if ((owner?.token === token && at <= owner.until + WHOLE) || event.by === 'operator') continue;
    if (granted.has(`${key} ${at} ${token}`)) continue;
    found.push({ check: 'fences', at, key, text: `${token} was given the lock without a fencing token` });
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
