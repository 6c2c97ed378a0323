import type { CancelTimer } from '../core/clock.js';
import type { Environment } from '../core/environment.js';

interface Timer {
  readonly at: number;
  readonly background: boolean;
  readonly fire: () => void;
}

/** In ms: more than two moments of the clock are apart for as long as numbers of this size can be told from each other. */
const LEAST_DELAY = 0.001;

// Kept from the time of the import: a test runner may put fake ones in their places, whose time stands still.
const { setImmediate } = globalThis;
const nextTick = process.nextTick.bind(process);

/**
 * Lets everything run that waits for promises only.
 *
 * @param turns - of the event loop; more than one for code that passes through some itself, with `setImmediate`
 */
export async function settle(turns = 1): Promise<void> {
  for (let turn = 0; turn < turns; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A world for the engine in which time passes only when a test says so. */
export class VirtualEnvironment implements Environment {
  mono = 1_000;
  wall = 1_700_000_000_000;
  readonly clock = { mono: () => this.mono, wall: () => this.wall };
  readonly process = 'host/1';
  readonly warnings: string[] = [];
  readonly warn = (message: string): void => void this.warnings.push(message);
  /** What `random()` returns. */
  dice = 0.5;
  readonly random = (): number => this.dice;
  readonly #timers = new Set<Timer>();
  readonly #turns: number;
  #tokens = 0;

  /** @param turns - how many turns of the event loop everything gets to settle before time goes on */
  constructor(turns = 1) {
    this.#turns = turns;
  }

  readonly timers = {
    set: (fire: () => void, delay: number, background = false): CancelTimer => {
      // What is less than the clock can show would fire at the same moment again, and again be too early.
      const after = delay > 0 ? Math.max(delay, LEAST_DELAY) : delay;
      const timer = { at: this.mono + after, background, fire };
      this.#timers.add(timer);
      return () => void this.#timers.delete(timer);
    },
  };

  readonly afterTurn = (callback: () => void): void => nextTick(callback);

  readonly nextTurn = (callback: () => void): void => void setImmediate(callback);

  readonly newToken = (): string => `token-${++this.#tokens}`.padEnd(27, '_');

  /** Delays of the timers that wait, shortest first. */
  get pending(): number[] {
    return [...this.#timers].map(({ at }) => at - this.mono).sort((a, b) => a - b);
  }

  get pendingInForeground(): number {
    return [...this.#timers].filter(({ background }) => !background).length;
  }

  /** Both clocks go on and no timer fires: what a process sees that was stopped. */
  stall(ms: number): void {
    this.mono += ms;
    this.wall += ms;
  }

  /** Time passes; timers fire in order, each followed by all that it sets off. */
  async pass(ms: number): Promise<void> {
    const end = this.mono + ms;
    await settle(this.#turns);
    for (let next = this.#next(end); next !== undefined; next = this.#next(end)) {
      this.#goOnTo(next.at);
      this.#timers.delete(next);
      next.fire();
      await settle(this.#turns);
    }
    this.#goOnTo(end);
  }

  /** Not back: what is overdue fires late, and whoever else lets time pass may have come further. */
  #goOnTo(moment: number): void {
    this.stall(Math.max(0, moment - this.mono));
  }

  #next(end: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.at <= end && (next === undefined || timer.at < next.at)) next = timer;
    }
    return next;
  }
}
