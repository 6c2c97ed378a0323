import { byKey, type Claim, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** S1: no two processes, or calls, claim a key at the same time. */
export function disjoint({ claims, truth }: Judged): Violation[] {
  const found: Violation[] = [];
  for (const [key, group] of byKey(claims)) {
    let open: Claim[] = [];
    for (const claim of [...group].sort((a, b) => a.from - b.from)) {
      open = open.filter(({ to }) => to > claim.from);
      for (const other of open) {
        const until = Math.min(other.to, claim.to);
        if (until <= claim.from) continue;
        // Of the two, the one that was robbed may be the one that came in later: its grant was under way.
        if ([other, claim].some((one) => truth.excuses(one, claim.from) && truth.excuses(one, until)))
          continue;
        const text = `${claim.id} entered ${(other.to - claim.from).toFixed(3)} ms before the claim of ${other.id} was over`;
        found.push({ check: 'disjoint', at: claim.from, key, text });
      }
      open.push(claim);
    }
  }
  return found;
}
