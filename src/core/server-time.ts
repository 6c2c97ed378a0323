import { type Clock, type Instant, now } from './clock.js';

/** How much faster than ours the server's clock may run. */
const DRIFT = 0.01;

/**
 * When something happened on the server, on our clocks, and rather too early than too late.
 *
 * The server's time says how long after an earlier exchange that was, and the exchange had arrived there after it was
 * sent here.
 */
export class ServerTime {
  readonly #clock: Clock;
  #known: { readonly sentAt: Instant; readonly at: number } | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /**
   * Learns from a reply.
   *
   * @param sentAt - when the command was sent here
   * @param at - when it arrived there, in µs
   */
  learn(sentAt: Instant, at: number): void {
    this.#known = { sentAt, at };
  }

  /**
   * @param at - µs on the server's clock
   * @param earliest - what is known without it; undefined when that is nothing
   */
  momentOf(at: number, earliest: Instant | undefined): Instant {
    const known = this.#known;
    if (known === undefined) return earliest ?? now(this.#clock);
    const { mono, wall } = known.sentAt;
    const after = ((at - known.at) / 1_000) * (1 - DRIFT);
    // Before that exchange, or in the future: the server's clock was set, or it is another server's. Then all that is
    // certain is that exchange.
    if (after < 0 || after > this.#clock.mono() - mono) return known.sentAt;
    return { mono: mono + after, wall: wall + after };
  }
}
