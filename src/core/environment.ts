import type { Clock, Timers } from './clock.js';
import type { Outlet } from './events.js';

/** All that the engine takes from the world outside it, so that a test or a simulation can be that world. */
export interface Environment {
  readonly clock: Clock;
  readonly timers: Timers;
  /** Calls `callback` when all that runs in the present turn has run, and before anything else. */
  readonly afterTurn: (callback: () => void) => void;
  /** Calls `callback` in the next turn, when what the present one has to send is on its way. */
  readonly nextTurn: (callback: () => void) => void;
  /** A number in [0, 1), for jitter only: nothing secret comes from it. */
  readonly random: () => number;
  /** A new, secret, unguessable token without spaces. */
  readonly newToken: () => string;
  /** Tells whoever runs the program, once, of something that they should change. */
  readonly warn: (message: string, code: string) => void;
  /** What people know this process by: host and process id, without spaces. */
  readonly process: string;
  /** Where events go besides the locker's listeners. */
  readonly outlet?: Outlet;
}
