import { byKey, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** L5: when the nemesis has stopped, each key is granted again within so many ms, which is a ttl and a second. */
const WITHIN = 1_400;

/** L5: healed, all is well again soon. */
export function recovered({ events, claims }: Judged): Violation[] {
  const healed = events.find(({ type }) => type === 'healed');
  if (healed === undefined) return [];
  return [...byKey(claims)].flatMap(([key, group]) => {
    const later = group.filter(({ from }) => from > healed.at);
    const soon = later.some(({ from }) => from <= healed.at + WITHIN);
    if (soon) return [];
    const text = `was not granted within ${WITHIN} ms after all had been healed`;
    return [{ check: 'recovered', at: healed.at + WITHIN, key, text }];
  });
}
