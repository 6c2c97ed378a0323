import type { Violation } from '../claims.js';
import type { Judged } from '../check.js';
import type { Event } from '../history.js';
import { WHOLE } from '../truth.js';

/** How long a place in the queue is kept without a word from who waits there, in ms: that of the scripts. */
const PATIENCE = 3_000;

/** A place that is so near to its end, in ms, may be over, or not. */
const UNSURE = 50;

/** How much later than its end a place may still be there: a server that is stopped in the middle of a script reads its clock later. */
const STOPPED = 1_000;

/** Who waits for a lock: when each token has asked last, in the order of asking, and what is not known of it. */
class Line {
  readonly places = new Map<string, number>();
  /** Those who may have come before it was known who waits. */
  readonly strangers = new Set<string>();
  meddled = -Infinity;

  wait(token: string, at: number): void {
    if (!this.places.has(token) && this.#isUnknown(at)) this.strangers.add(token);
    this.places.set(token, at);
  }

  leave(token: string): void {
    this.places.delete(token);
    this.strangers.delete(token);
  }

  meddle(at: number): void {
    this.places.clear();
    this.strangers.clear();
    this.meddled = at;
  }

  /** Whether it is known that this token does not wait. */
  lacks(token: string, at: number): boolean {
    return !this.#isUnknown(at) && !this.places.has(token);
  }

  /** Somebody who has waited longer for certain, is there still, and was not asked in vain. */
  ahead(token: string, at: number, tried: readonly string[] = []): string | undefined {
    if (this.#isUnknown(at) || this.strangers.has(token)) return undefined;
    for (const [other, asked] of this.places) {
      if (other === token) return undefined;
      if (this.strangers.has(other) || tried.includes(other)) continue;
      if (asked + PATIENCE - UNSURE > at) return other;
    }
    return undefined;
  }

  /** Places from before are all over behind it. */
  #isUnknown(at: number): boolean {
    return at < this.meddled + PATIENCE + UNSURE;
  }
}

/** L3, L4: the lock goes to who has waited longest, and to nobody who does not wait for it, or has not asked for long. */
export function turns({ events }: Judged): Violation[] {
  const found: Violation[] = [];
  const lines = new Map<string, Line>();
  const asked = new Map<string, number>();
  const owners = new Map<string, { token: string; until: number }>();
  const lineOf = (key: string): Line => {
    let line = lines.get(key);
    if (line === undefined) lines.set(key, (line = new Line()));
    return line;
  };
  const judge = ({ key, at, token, by, tried }: Event & { type: 'own' }): void => {
    const [line, owner] = [lineOf(key), owners.get(key)];
    const lasts = owner !== undefined && owner.until + WHOLE > at;
    // Put there by an operator, extended, or adopted: it was not free.
    if (
      by === 'operator' ||
      (lasts && (owner.token === token || by.includes(owner.token)) && by.includes(token))
    )
      return;
    const tell = (text: string): void =>
      void found.push({ check: 'turns', at, key, text: `${token} ${text}` });
    if (!by.includes(token)) {
      const since = at - (asked.get(`${key} ${token}`) ?? -Infinity);
      if (line.lacks(token, at)) tell('was passed the lock, and did not wait for it');
      else if (since > PATIENCE + STOPPED)
        tell(`was passed the lock ${since.toFixed(0)} ms after it had asked`);
    }
    const other = line.ahead(token, at, tried);
    if (other !== undefined) tell(`was given the lock before ${other}, which has waited longer`);
  };
  for (const event of events) {
    if (event.type === 'wait') {
      lineOf(event.key).wait(event.token, event.at);
      asked.set(`${event.key} ${event.token}`, event.at);
    } else if (event.type === 'leave') lineOf(event.key).leave(event.token);
    else if (event.type === 'meddled') lineOf(event.key).meddle(event.at);
    else if (event.type === 'disown') owners.delete(event.key);
    else if (event.type === 'own') {
      judge(event);
      lineOf(event.key).leave(event.token);
      owners.set(event.key, event);
    }
  }
  return found;
}
