import { type Clock, elapsed, type Instant } from './clock.js';

/**
 * How long a holder may believe that the lock is its own.
 *
 * Counted from the moment the winning command was *sent*, on both clocks, whichever says more, and shorter than the
 * ttl by a margin for clocks that run at different speeds: it is over before Redis can give the lock to anybody else.
 */
export class Lease {
  readonly #clock: Clock;
  readonly #start: Instant;
  readonly #length: number;

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
    return Math.max(0, this.#length - elapsed(this.#clock, this.#start));
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
