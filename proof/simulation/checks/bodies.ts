/**
 * S6: the body of a call starts at most once, and with enough validity left. S7: one that has lost its lock never makes its call
 * a success.
 */
export class Bodies {
  readonly #started = new Set<number>();
  readonly #lost = new Set<number>();

  constructor(readonly wrong: (what: string) => void) {}

  /** @param remaining - of the lock, in ms; `least` is what its call asked for */
  start(call: number, remaining: number, least: number): void {
    if (this.#started.has(call)) this.wrong(`S6: the body of call ${call} started twice`);
    this.#started.add(call);
    if (remaining < least) this.wrong(`S6: a body started with ${remaining} ms left, not ${least}`);
  }

  /** @param held - whether the lock is still its own when the body ends */
  end(call: number, held: boolean): void {
    if (!held) this.#lost.add(call);
  }

  /** The call has resolved. */
  succeed(call: number): void {
    if (this.#lost.has(call)) this.wrong(`S7: call ${call} is a success, whose body has lost its lock`);
  }
}
