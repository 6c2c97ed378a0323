import { byKey, callId, isReal, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/**
 * There is an order of all grants that a mutex with fencing tokens could have given: that of the tokens, each grant at some
 * moment between the question and the entry, and not before the one before it could be over.
 */
export function linearizable({ events, claims, truth }: Judged): Violation[] {
  const found: Violation[] = [];
  const asked = new Map<string, number>();
  for (const event of events) if (event.type === 'inv') asked.set(callId(event), event.at);
  for (const [key, group] of byKey(claims.filter(isReal))) {
    let free = -Infinity;
    let before = '';
    for (const claim of [...group].sort((a, b) => a.fence - b.fence)) {
      const granted = Math.max(asked.get(claim.id) ?? Infinity, free);
      if (granted > claim.from) {
        const why = asked.has(claim.id)
          ? `before ${before}, which has a lower fencing token, was over`
          : 'without asking';
        found.push({ check: 'linearizable', at: claim.from, key, text: `${claim.id} entered ${why}` });
      }
      const robbed = truth.ownershipsOf(claim).map((owned) => owned.robbed ?? Infinity);
      free = Math.max(free, Math.min(claim.to, ...robbed));
      before = claim.id;
    }
  }
  return found;
}
