import type { ReleaseOutcome } from './core/claim.js';
import type { ExtendOutcome } from './core/keeper.js';
import { duration } from './checks.js';
import { outside } from './context.js';
import type { LockLostError } from './errors.js';
import type { HeldLock } from './held-lock.js';
import type { Whole } from './holding.js';
import { LossSignal } from './loss-signal.js';

/**
 * Several locks as one: held while all of them are, lost with any one of them, and given back together.
 *
 * Each stays a lock and a section of its own, around the next one. So calls from inside go in with the one that they ask for.
 */
export class HeldList implements Whole {
  readonly keys: readonly string[];
  readonly waited: number;
  readonly fencingTokens: ReadonlyMap<string, number>;
  readonly #parts: readonly HeldLock[];
  readonly #signal = new LossSignal();
  #loss: LockLostError | undefined;
  #release: Promise<ReleaseOutcome> | undefined;

  /**
   * @param keys - as the caller gave them
   * @param parts - from the outside to the inside
   * @param waited - for all of them together, in ms
   */
  constructor(keys: readonly string[], parts: readonly HeldLock[], waited: number) {
    const tokens = new Map(parts.map(({ key, fencingToken }) => [key, fencingToken]));
    this.keys = keys;
    this.fencingTokens = new Map(keys.map((key) => [key, tokens.get(key) ?? 0]));
    this.waited = waited;
    this.#parts = parts;
    for (const part of parts) part.whole = this;
    // One may have been lost on the way here.
    this.#look();
  }

  get key(): string {
    return this.keys.join(', ');
  }

  get fencingToken(): number {
    throw new TypeError(
      'fencingToken: a lock of several keys has a token for each of them: fencingTokens.get(key)',
    );
  }

  get remaining(): number {
    return this.loss === undefined ? Math.min(...this.#parts.map(({ remaining }) => remaining)) : 0;
  }

  get held(): boolean {
    return this.remaining > 0;
  }

  /** Why it was lost, by the clock too; undefined while it is held, and when it was given back before. */
  get loss(): LockLostError | undefined {
    this.#look();
    return this.#loss;
  }

  get signal(): AbortSignal {
    return this.#signal.get(() => this.loss);
  }

  assertHeld(min = 1): void {
    duration('assertHeld: min', min, { min: 0 });
    if (this.loss !== undefined) throw this.loss;
    for (const part of this.#parts) part.assertHeld(min);
  }

  async extend(ttl?: number): Promise<ExtendOutcome> {
    return worst(await Promise.all(this.#parts.map((part) => part.extend(ttl))), 'extended');
  }

  run<Result>(work: () => Result): Result {
    const innermost = this.#parts.at(-1);
    return innermost === undefined ? work() : innermost.run(work);
  }

  serialize(): string {
    throw new TypeError('serialize: a lock of several keys can not be handed over');
  }

  lose(loss: LockLostError): void {
    if (this.#loss !== undefined || this.#release !== undefined) return;
    this.#loss = loss;
    // Whoever works under it is told before anybody else can have the others.
    this.#signal.abort(loss);
    void this.release();
  }

  release(): Promise<ReleaseOutcome> {
    // What is lost by now is not given back, but lost.
    this.#look();
    return (this.#release ??= outside(() => this.#giveBack()));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  /** Notices that it is lost, if it is: also one whose loss somebody hears of before this list does. */
  #look(): void {
    for (const { loss } of this.#parts) if (loss !== undefined) this.lose(loss);
  }

  /** In one turn, so that it travels as one command where it may. */
  async #giveBack(): Promise<ReleaseOutcome> {
    return worst(await Promise.all(this.#parts.map((part) => part.release())), 'released');
  }
}

/** What is to be said of all, when each of them has come to one of `outcomes`. */
function worst<Good extends string>(
  outcomes: readonly (Good | 'lost' | 'unknown')[],
  good: Good,
): Good | 'lost' | 'unknown' {
  if (outcomes.includes('lost')) return 'lost';
  return outcomes.every((outcome) => outcome === good) ? good : 'unknown';
}
