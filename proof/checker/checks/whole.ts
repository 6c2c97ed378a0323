import type { Violation } from '../claims.js';
import type { Judged } from '../check.js';
import type { Event } from '../history.js';

/** S1: of several locks that are taken at once, all are taken, or none. */
export function whole({ events }: Judged): Violation[] {
  const found: Violation[] = [];
  const owners = new Map<string, string>();
  let taken: (Event & { type: 'own' }) | undefined;
  const judge = (): void => {
    if (taken === undefined) return;
    const { at, key, token, all = [] } = taken;
    taken = undefined;
    const has = all.filter((one) => owners.get(one) === token);
    if (has.length === 0 || has.length === all.length) return;
    found.push({
      check: 'whole',
      at,
      key,
      text: `${token} was given ${has.join(', ')} of ${all.join(', ')}`,
    });
  };
  for (const event of events) {
    // All that one script does is told of one moment.
    if (event.at !== taken?.at) judge();
    if (event.type === 'disown') owners.delete(event.key);
    if (event.type !== 'own') continue;
    owners.set(event.key, event.token);
    if (event.all !== undefined) taken = event;
  }
  judge();
  return found;
}
