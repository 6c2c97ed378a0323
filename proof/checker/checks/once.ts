import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';
import type { Event } from '../history.js';

/** So much less of its lease than it wants may be left to a body, in ms, that is called on a busy machine. */
const BUSY = 50;

/** Whoever takes a lock by hand gets to work so many ms, at most, behind the work of others that kept the program busy. */
const SOON = 20;

/** S6: a body starts once for each call, with as much of its lease as it wants, and not when its call is over. */
export function once({ events, stillness, halts }: Judged): Violation[] {
  const found: Violation[] = [];
  const entered = new Set<string>();
  const over = new Set<string>();
  const calls = new Map<string, Event & { type: 'inv' }>();
  for (const event of events) {
    if (event.type === 'inv') calls.set(callId(event), event);
    if (event.type === 'done') over.add(callId(event));
    if (event.type !== 'enter') continue;
    const { at, key, process, until } = event;
    const tell = (text: string): void =>
      void found.push({ check: 'once', at, key, text: `${callId(event)} ${text}` });
    if (entered.has(`${callId(event)} ${key}`)) tell('entered again');
    if (over.has(callId(event))) tell('entered after its call was over');
    entered.add(`${callId(event)} ${key}`);
    const { least = 0, byHand } = calls.get(callId(event)) ?? {};
    // A process that is taken off its processor between the last look at the clock and the body knows nothing of it.
    if (halts.between(process, at - 1, at + 1) > 0) continue;
    if (byHand === true && stillness.between(process, at - SOON, at) > 0) continue;
    const left = until - at;
    if (left <= 0) tell('entered without a valid lease');
    else if (left < least - BUSY)
      tell(`entered with ${left.toFixed(0)} ms of its lease left, and wants ${least}`);
  }
  return found;
}
