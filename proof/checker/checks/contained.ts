import { isReal, type Violation } from '../claims.js';
import type { Judged } from '../check.js';
import { CLOCKS } from '../truth.js';

/** S3: while a process claims a key, it is its own in the server too, even when nobody else wants it. */
export function contained({ claims, truth }: Judged): Violation[] {
  if (!truth.recorded) return [];
  const found: Violation[] = [];
  for (const claim of claims.filter(isReal)) {
    // A lock that was taken away counts until its lease would have been over: see Truth.
    if (claim.to <= (truth.endOf(claim) ?? -Infinity) + CLOCKS) continue;
    const times = truth
      .ownershipsOf(claim)
      .map(({ from, to }) => `${(from - claim.from).toFixed(3)} to ${(to - claim.from).toFixed(3)}`);
    const length = (claim.to - claim.from).toFixed(3);
    const text = `${claim.id} claimed it for ${length} ms; in the server it had it from ${times.join(', ') || 'never'} ms`;
    found.push({ check: 'contained', at: claim.from, key: claim.key, text });
  }
  return found;
}
