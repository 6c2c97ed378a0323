import type { Clock, Instant } from './clock.js';

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
   * @param earliest - what is known without it
   * @returns undefined when it was before the earlier exchange, or has yet to come: then it is news of another time, or the
   *   server's clock was set, or it is another server's
   */
  momentOf(at: number, earliest: Instant): Instant | undefined {
    const known = this.#known;
    if (known === undefined) return earliest;
    const { mono, wall } = known.sentAt;
    const after = ((at - known.at) / 1_000) * (1 - DRIFT);
    if (after < 0 || after > this.#clock.mono() - mono) return undefined;
    return { mono: mono + after, wall: wall + after };
  }
}
