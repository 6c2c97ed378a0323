import type { CancelTimer } from '../../src/core/clock.js';
import type { Environment } from '../../src/core/environment.js';
import type { Owner, World } from './world.js';

const EPOCH = 1_700_000_000_000;
/** Half of what a lease is shortened by for it. */
const DRIFT = 0.005;

/** One process with clocks of its own: what an engine takes for the world. */
export class SimulatedProcess implements Environment, Owner {
  alive = true;
  pausedUntil = 0;
  /** How long it has stood still, in ms, in all. */
  paused = 0;
  /** How far its wall clock is wrong, in ms. */
  shift: number;
  /** Timers that would keep it from ending. */
  foreground = 0;
  readonly warnings: string[] = [];
  readonly process: string;
  /** How fast its clocks run. */
  readonly rate: number;
  readonly #started: number;
  #tokens = 0;
  /** How long its machine has been suspended, in ms, in all. */
  #suspended = 0;

  constructor(
    readonly world: World,
    readonly id: number,
  ) {
    this.process = `host/${id}`;
    this.rate = 1 + (world.random() * 2 - 1) * DRIFT;
    this.#started = world.random() * 1e6;
    this.shift = (world.random() * 2 - 1) * 5_000;
  }

  readonly clock = {
    mono: (): number => this.#started + (this.world.now - this.#suspended) * this.rate,
    wall: (): number => EPOCH + this.shift + this.world.now * this.rate,
  };

  readonly timers = {
    set: (fire: () => void, delay: number, background = false): CancelTimer => {
      let waits = true;
      if (!background) this.foreground++;
      const end = (): void => {
        if (waits && !background) this.foreground--;
        waits = false;
      };
      let cancel: () => void;
      const wait = (due: number): void => {
        const suspended = this.#suspended;
        const awake = (): void => {
          const missed = this.#suspended - suspended;
          if (missed > 0) {
            wait(due + missed);
            return;
          }
          end();
          fire();
        };
        cancel = this.world.at(due, awake, this);
      };
      // Node counts whole milliseconds.
      wait(this.world.now + Math.max(1, delay) / this.rate + this.world.random());
      return () => {
        end();
        cancel();
      };
    },
  };

  readonly afterTurn = (callback: () => void): void => this.world.afterTurn(callback, this);
  readonly nextTurn = (callback: () => void): void => void this.world.at(this.world.now, callback, this);
  readonly random = (): number => this.world.random();
  readonly newToken = (): string => `${tokensOf(this.id)}${++this.#tokens}`.padEnd(27, '_');
  readonly warn = (message: string): void => void this.warnings.push(message);

  /** Its machine is suspended, and goes on `ms` later: its monotonic clock, and all timers with it, know nothing of that time. */
  suspend(ms: number): void {
    const before = Math.max(this.pausedUntil, this.world.now);
    this.pause(ms);
    // One that it is in already lasts longer, or it does not.
    this.#suspended += this.pausedUntil - before;
  }

  /** SIGSTOP, and SIGCONT `ms` later. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.world.now + ms);
    this.paused += ms;
  }
}

/** How the tokens of a process begin. */
export const tokensOf = (id: number): string => `p${id}-`;

/** The process that has made a token. */
export const ownerOf = (token: string): number => parseInt(token.slice(1));
