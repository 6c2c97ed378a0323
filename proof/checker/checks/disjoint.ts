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
        if (until <= claim.from || (truth.excuses(other, claim.from) && truth.excuses(other, until))) continue;
        const text = `${claim.id} entered ${(other.to - claim.from).toFixed(3)} ms before the claim of ${other.id} was over`;
        found.push({ check: 'disjoint', at: claim.from, key, text });
      }
      open.push(claim);
    }
  }
  return found;
}
