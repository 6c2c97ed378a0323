import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** How Redis says that there is something else at a key than a lock or a fencing token. */
const SPOILT = /WRONGTYPE|BADFENCE/;

/** E1: of what is wrong with one key, calls for other keys are not told. */
export function own({ events }: Judged): Violation[] {
  const found: Violation[] = [];
  const spoilt = new Set<string>();
  const asked = new Map<string, readonly string[]>();
  for (const event of events) {
    if (event.type === 'spoilt') spoilt.add(event.key);
    if (event.type === 'inv') asked.set(callId(event), event.keys);
    if (event.type !== 'done' || !SPOILT.test(event.why ?? '')) continue;
    const keys = asked.get(callId(event)) ?? [];
    if (keys.some((key) => spoilt.has(key))) continue;
    const text = `${callId(event)} was told of what is wrong with another key than ${keys.join(', ')}`;
    found.push({ check: 'own', at: event.at, text });
  }
  return found;
}
