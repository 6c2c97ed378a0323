/** S6: the body of a call starts at most once, and with enough validity left. */
export class Bodies {
  readonly #started = new Set<number>();

  constructor(readonly wrong: (what: string) => void) {}

  /** @param remaining - of the lock, in ms; `least` is what its call asked for */
  start(call: number, remaining: number, least: number): void {
    if (this.#started.has(call)) this.wrong(`S6: the body of call ${call} started twice`);
    this.#started.add(call);
    if (remaining < least) this.wrong(`S6: a body started with ${remaining} ms left, not ${least}`);
  }
}
