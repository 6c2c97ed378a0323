import { callId, type Claim, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** S1, without clocks: the file that each body makes and removes was there only when its maker had lost the lock or was dead. */
export function witness({ events, claims, truth }: Judged): Violation[] {
  const found: Violation[] = [];
  const claimOf = new Map<string, Claim>(claims.map((claim) => [`${claim.id} ${claim.key}`, claim]));
  for (const event of events) {
    if (event.type !== 'clash') continue;
    const other = claimOf.get(`${event.with} ${event.key}`);
    const own = claimOf.get(`${callId(event)} ${event.key}`);
    if (other === undefined || other.to <= event.at || truth.excuses(other, event.at)) continue;
    // Who stood still on its way in comes when its own lease is over, and knows it.
    if (own !== undefined && (own.to <= event.at || truth.excuses(own, event.at))) continue;
    const text = `${callId(event)} found ${event.with} at work`;
    found.push({ check: 'witness', at: event.at, key: event.key, text });
  }
  return found;
}
