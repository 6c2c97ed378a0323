import { margin } from '../../../src/core/lease.js';
import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** So many ms of a lease may be over when the server hears of it: a call asks again after a lost reply, and links are late. */
const LATE = 400;

/** Shorter leases, in ms, are over too soon to tell. */
const LONG = 2_000;

/**
 * S3: a lease is as long as the lock that it is for, but for the margin and the way of its command. Of calls for one key; who is told
 * by a message alone that it was passed the lock knows less well when that was.
 */
export function lasting({ events, truth, stillness }: Judged): Violation[] {
  const found: Violation[] = [];
  const begun = new Set<unknown>();
  const single = new Set<string>();
  for (const event of events) {
    if (event.type === 'inv' && event.keys.length === 1) single.add(callId(event));
    if (event.type !== 'enter' || !single.has(callId(event))) continue;
    const { at, key, fence, process, until } = event;
    const owned = truth.ownershipOf({ key, fence, from: at });
    // Later ones of it are those of callers of the same process, to whom it was handed on.
    if (owned === undefined || begun.has(owned)) continue;
    begun.add(owned);
    const ttl = owned.given - owned.from;
    const short = owned.given - margin(ttl) - until - stillness.between(process, owned.from - ttl, at);
    if (!owned.taken || ttl < LONG || short <= LATE) continue;
    const text = `${callId(event)} entered with a lease that is ${short.toFixed(0)} ms shorter than the lock`;
    found.push({ check: 'lasting', at, key, text });
  }
  return found;
}
