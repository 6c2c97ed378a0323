import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** S6: a body starts once for each call, with a lease that is valid, and not when its call is over. */
export function once({ events, stillness }: Judged): Violation[] {
  const found: Violation[] = [];
  const entered = new Set<string>();
  const over = new Set<string>();
  for (const event of events) {
    if (event.type === 'done') over.add(callId(event));
    if (event.type !== 'enter') continue;
    const { at, key } = event;
    const tell = (text: string): void =>
      void found.push({ check: 'once', at, key, text: `${callId(event)} ${text}` });
    if (entered.has(`${callId(event)} ${key}`)) tell('entered again');
    if (over.has(callId(event))) tell('entered after its call was over');
    // A process that is taken off its processor between the last look at the clock and the body knows nothing of it.
    const stopped = stillness.between(event.process, at - 1, at + 1) > 0;
    if (event.until <= at && !stopped) tell('entered without a valid lease');
    entered.add(`${callId(event)} ${key}`);
  }
  return found;
}
