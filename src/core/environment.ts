import type { Clock, Timers } from './clock.js';

/** All that the engine takes from the world outside it, so that a test or a simulation can be that world. */
export interface Environment {
  readonly clock: Clock;
  readonly timers: Timers;
  /** A number in [0, 1), for jitter only: nothing secret comes from it. */
  readonly random: () => number;
  /** A new, secret, unguessable token without spaces. */
  readonly newToken: () => string;
  /** What people know this process by: host and process id, without spaces. */
  readonly process: string;
}
