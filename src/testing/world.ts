import { duration } from '../checks.js';
import { EngineLocker } from '../create-locker.js';
import type { Locker } from '../locker.js';
import { DEFAULTS, type LockerOptions } from '../options.js';
import { VirtualEnvironment } from './virtual-environment.js';
import { connect, VirtualRedis } from './virtual-redis.js';

/** Turns of the event loop between two moments: what the code under test may pass through without a timer. */
const TURNS = 20;

/** Locks on a clock that stands still until a test lets time pass: see {@link testWorld}. */
export class TestWorld {
  readonly #environment = new VirtualEnvironment(TURNS);
  /** The Redis that all lockers of this world share, and what can go wrong with it. */
  readonly redis = new VirtualRedis(
    () => this.#environment.wall,
    (ms) => new Promise((resolve) => void this.#environment.timers.set(resolve, ms)),
  );
  #programs = 0;

  /** Epoch ms in this world. */
  get now(): number {
    return this.#environment.wall;
  }

  /**
   * A locker of a program of its own: two of them exclude each other as two processes on one Redis do.
   *
   * @param options - as for `createLocker`
   * @throws {TypeError | RangeError} naming option, rule and value
   */
  locker(options?: LockerOptions): Locker {
    const { clock, timers, afterTurn, nextTurn, random, newToken, warn } = this.#environment;
    const process = `test/${++this.#programs}`;
    const environment = { clock, timers, afterTurn, nextTurn, random, newToken, warn, process };
    return new EngineLocker(connect(this.redis, options?.prefix ?? DEFAULTS.prefix), options, environment);
  }

  /**
   * Lets time pass for the locks: their timers fire in order, and after each of them the code under test gets 20 turns of
   * the event loop, for its promises. It can not wait for real timers and real input or output of that code: while those
   * run, no time passes here.
   *
   * @param ms - how long; 0 lets only settle what is under way
   * @throws {TypeError | RangeError} not a duration
   */
  async pass(ms: number): Promise<void> {
    await this.#environment.pass(duration('pass: ms', ms, { min: 0 }));
    await this.#environment.pass(0);
  }
}

/**
 * Makes a world for one test: a Redis in memory and a clock that moves when the test says so. For any test runner.
 *
 * @example
 * const world = testWorld();
 * setDefaultLocker(world.locker());
 * await world.pass(20_000);
 */
export function testWorld(): TestWorld {
  return new TestWorld();
}
