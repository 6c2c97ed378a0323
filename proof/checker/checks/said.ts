import { callId, push, type Violation } from '../claims.js';
import type { Judged } from '../check.js';
import type { Event } from '../history.js';
import { CLOCKS } from '../truth.js';

/** S5: who is told that a lock was given back had it until then: the server has seen it go. Of calls for one key. */
export function said({ events, claims, truth }: Judged): Violation[] {
  const found: Violation[] = [];
  // When a call of the token has taken the lock away from whoever had it.
  const given = new Map<string, number[]>();
  const calls = new Map<string, (Event & { type: 'inv' })[]>();
  const over = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'inv') for (const key of event.keys) push(calls, `${event.process} ${key}`, event);
    if (event.type === 'done') over.set(callId(event), event.at);
    if ((event.type !== 'own' && event.type !== 'disown') || event.by === 'operator') continue;
    for (const token of event.by) {
      if (event.type === 'own' && event.token === token) continue;
      push(given, `${event.key} ${token}`, event.at);
    }
  }
  const claimOf = new Map(claims.map((claim) => [claim.id, claim]));
  for (const event of events) {
    if (event.type !== 'gave' || event.outcome !== 'released') continue;
    const [id, { at, process }] = [callId(event), event];
    const claim = claimOf.get(id);
    const token = claim && truth.ownershipOf(claim)?.token;
    if (claim === undefined || token === undefined) continue;
    // A locker that closes gives it back under a body that goes on.
    const since = claim.from - CLOCKS;
    if (given.get(`${claim.key} ${token}`)?.some((when) => since <= when && when <= at + CLOCKS)) continue;
    // Another caller of the process may have got it, without a word to the server.
    const rivals = calls.get(`${process} ${claim.key}`)?.filter((other) => callId(other) !== id) ?? [];
    if (rivals.some((other) => other.at <= at && (over.get(callId(other)) ?? Infinity) >= since)) continue;
    const text = `${id} was told that its lock was given back, and the server has seen nothing of it`;
    found.push({ check: 'said', at, key: claim.key, text });
  }
  return found;
}
