import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** So much less of its lease than it wants may be left to a body, in ms, that is called on a busy machine. */
const BUSY = 50;

/** S6: a body starts once for each call, with as much of its lease as it wants, and not when its call is over. */
export function once({ events, stillness }: Judged): Violation[] {
  const found: Violation[] = [];
  const entered = new Set<string>();
  const over = new Set<string>();
  const wants = new Map<string, number>();
  for (const event of events) {
    if (event.type === 'inv' && event.least !== undefined) wants.set(callId(event), event.least);
    if (event.type === 'done') over.add(callId(event));
    if (event.type !== 'enter') continue;
    const { at, key } = event;
    const tell = (text: string): void =>
      void found.push({ check: 'once', at, key, text: `${callId(event)} ${text}` });
    if (entered.has(`${callId(event)} ${key}`)) tell('entered again');
    if (over.has(callId(event))) tell('entered after its call was over');
    // A process that is taken off its processor between the last look at the clock and the body knows nothing of it.
    const stopped = stillness.between(event.process, at - 1, at + 1) > 0;
    const [left, least] = [event.until - at, wants.get(callId(event)) ?? 0];
    if (left <= 0 && !stopped) tell('entered without a valid lease');
    else if (left < least - BUSY - stillness.between(event.process, at - least, at + 1))
      tell(`entered with ${left.toFixed(0)} ms of its lease left, and wants ${least}`);
    entered.add(`${callId(event)} ${key}`);
  }
  return found;
}
