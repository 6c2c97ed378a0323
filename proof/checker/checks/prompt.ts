import type { Violation } from '../claims.js';
import type { Judged } from '../check.js';
import { WITHIN } from './recovered.js';

/** So long it may take from the grant in the server to the body, in ms: less than anybody goes without a look at the lock. */
const LATE = 300;

/** L2: when all is well, who is given the lock in the server hears of it, and does not find out by looking. */
export function prompt({ events, claims, truth, stillness }: Judged): Violation[] {
  const healed = events.find(({ type }) => type === 'healed');
  if (healed === undefined) return [];
  const found: Violation[] = [];
  const begun = new Set<unknown>();
  for (const claim of claims) {
    const owned = truth.ownershipOf(claim);
    // Later claims of it are those of callers of the same process, to whom it was handed on.
    if (owned === undefined || owned.from < healed.at + WITHIN || begun.has(owned)) continue;
    begun.add(owned);
    const late = claim.from - owned.from - stillness.between(claim.process, owned.from, claim.from);
    if (late <= LATE) continue;
    const text = `${claim.id} entered ${late.toFixed(0)} ms after it was given the lock`;
    found.push({ check: 'prompt', at: claim.from, key: claim.key, text });
  }
  return found;
}
