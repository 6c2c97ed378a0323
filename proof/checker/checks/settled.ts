import { callId, type Violation } from '../claims.js';
import type { Event } from '../history.js';
import type { Judged } from '../check.js';

/** How much later than promised a call may settle on a machine that is busy, in ms. */
const LATE = 250;

/** Longest wait for one reply, in ms, of the workers: a call with a shorter timeout waits for as long. */
export const COMMAND_TIMEOUT = 100;

interface Waiting {
  readonly event: Event;
  /** For how long this may last, in ms. */
  readonly most: number;
  readonly what: string;
}

/** L1: each call has the lock or an error within its timeout, and is over soon after its body; standing still does not count. */
export function settled({ events, stillness, deathOf }: Judged): Violation[] {
  const found: Violation[] = [];
  const open = new Map<string, Waiting>();
  const judge = (id: string, { event, most, what }: Waiting, at: number): void => {
    const raw = at - event.at - most;
    const late = raw <= LATE ? raw : raw - stillness.between(event.process, event.at, at);
    if (late <= LATE) return;
    const text = `${id} ${what} ${late.toFixed(0)} ms later than within ${most} ms`;
    found.push({ check: 'settled', at, text });
  };
  for (const event of events) {
    if (event.type !== 'inv' && event.type !== 'enter' && event.type !== 'exit' && event.type !== 'done')
      continue;
    const id = callId(event);
    const before = open.get(id);
    if (before !== undefined) judge(id, before, event.at);
    open.delete(id);
    if (event.type === 'inv')
      open.set(id, { event, most: Math.max(event.timeout, COMMAND_TIMEOUT), what: 'settled' });
    if (event.type === 'exit') open.set(id, { event, most: COMMAND_TIMEOUT, what: 'returned' });
  }
  const end = events.at(-1)?.at ?? 0;
  for (const [id, waiting] of open) judge(id, waiting, Math.min(end, deathOf(waiting.event.process)));
  return found;
}
