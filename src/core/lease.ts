import { type Clock, elapsed, type Instant } from './clock.js';
import { Queue } from './queue.js';

/** Why a lease ended before its lock was given back: its time was over, or Redis had something else at the key. */
export type LeaseEnd = 'expired' | 'taken';

/**
 * How long a holder may believe that the lock is its own.
 *
 * Counted from the moment the command that won or extended it was *sent*, on both clocks, whichever says more, and shorter
 * than the ttl by a margin for clocks that run at different speeds: it is over before Redis can give the lock to anybody
 * else. What is over stays over, whatever arrives later.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #listeners = new Queue<(end: LeaseEnd) => void>();
  #start: Instant;
  #length: number;
  #end: LeaseEnd | undefined;

  /**
   * @param sentAt - when the command that won the lock was sent
   * @param ttl - the ttl that this command carried, in ms
   */
  constructor(clock: Clock, sentAt: Instant, ttl: number) {
    this.#clock = clock;
    this.#start = sentAt;
    this.#length = ttl - margin(ttl);
  }

  /** Milliseconds left, 0 when it is over. */
  get remaining(): number {
    return this.look();
  }

  /** Whether it is over, by the clocks too; nobody is told by this. */
  get over(): boolean {
    return this.#end !== undefined || this.#length <= elapsed(this.#clock, this.#start);
  }

  /** To look is to notice: who wants to be told of the end is told now. @returns milliseconds left */
  look(): number {
    if (this.#end !== undefined) return 0;
    const remaining = this.#length - elapsed(this.#clock, this.#start);
    if (remaining > 0) return remaining;
    this.finish('expired');
    return 0;
  }

  /** How it has ended; undefined while it lasts. */
  get end(): LeaseEnd | undefined {
    return this.remaining > 0 ? undefined : this.#end;
  }

  /**
   * Lasts until `ttl` ms after `sentAt`, less the margin, if that is later than now known; nothing when it is over.
   *
   * @param sentAt - when the command that extended it was sent
   */
  renew(sentAt: Instant, ttl: number): void {
    const length = ttl - margin(ttl);
    if (this.remaining < length - elapsed(this.#clock, sentAt)) {
      this.#start = sentAt;
      this.#length = length;
    }
  }

  /** Ends it; does nothing when it has ended. */
  finish(end: LeaseEnd): void {
    if (this.#end !== undefined) return;
    this.#end = end;
    for (let place = this.#listeners.first; place !== undefined; place = this.#listeners.first) {
      this.#listeners.remove(place);
      place.value(end);
    }
  }

  /** Calls `listener` when it ends, if it has not. @returns a function that takes the listener away again */
  onEnd(listener: (end: LeaseEnd) => void): () => void {
    const place = this.#listeners.push(listener);
    return () => this.#listeners.remove(place);
  }
}

/**
 * What a lease of `ttl` ms is shorter than its ttl: 1 % and 2 ms for drift between this machine's clock and Redis',
 * and 1 %, at least 5 ms, in which a holder can notice the end.
 */
export function margin(ttl: number): number {
  const drift = ttl * 0.01 + 2;
  const guard = Math.max(ttl * 0.01, 5);
  return drift + guard;
}
