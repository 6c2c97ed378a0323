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
  readonly #rate: number;
  readonly #started: number;
  #tokens = 0;

  constructor(
    readonly world: World,
    readonly id: number,
  ) {
    this.process = `host/${id}`;
    this.#rate = 1 + (world.random() * 2 - 1) * DRIFT;
    this.#started = world.random() * 1e6;
    this.shift = (world.random() * 2 - 1) * 5_000;
  }

  readonly clock = {
    mono: (): number => this.#started + this.world.now * this.#rate,
    wall: (): number => EPOCH + this.shift + this.world.now * this.#rate,
  };

  readonly timers = {
    set: (fire: () => void, delay: number, background = false): CancelTimer => {
      let waits = true;
      if (!background) this.foreground++;
      const end = (): void => {
        if (waits && !background) this.foreground--;
        waits = false;
      };
      // Node counts whole milliseconds.
      const late = this.world.random();
      const cancel = this.world.at(
        this.world.now + Math.max(1, delay) / this.#rate + late,
        () => {
          end();
          fire();
        },
        this,
      );
      return () => {
        end();
        cancel();
      };
    },
  };

  readonly afterTurn = (callback: () => void): void => this.world.afterTurn(callback, this);
  readonly nextTurn = (callback: () => void): void => void this.world.at(this.world.now, callback, this);
  readonly random = (): number => this.world.random();
  readonly newToken = (): string => `p${this.id}-${++this.#tokens}`.padEnd(27, '_');
  readonly warn = (message: string): void => void this.warnings.push(message);

  /** SIGSTOP, and SIGCONT `ms` later. */
  pause(ms: number): void {
    this.pausedUntil = Math.max(this.pausedUntil, this.world.now + ms);
    this.paused += ms;
  }
}
