/** The real world, as the engine sees it: Node's clocks and timers, tokens, and what this process is called. */
import { hostname } from 'node:os';

import { nanoid } from 'nanoid';

import type { Timers } from './core/clock.js';
import type { Environment } from './core/environment.js';
import { nodeDiagnostics } from './node-diagnostics.js';

/** Characters in a token: 27 × 6 bits are the 160 bits that Redis' own description of the pattern asks for. */
const TOKEN_LENGTH = 27;

/** Node fires a timer with a longer delay after 1 ms. */
const LONGEST_DELAY = 2 ** 31 - 1;

const timers: Timers = {
  set(callback, delay, background = false) {
    const due = performance.now() + delay;
    let timer: NodeJS.Timeout;
    const arm = (left: number): void => {
      // Node counts in whole ms from the beginning of one, so it may fire up to 1 ms early.
      timer = setTimeout(onTime, Math.min(left, LONGEST_DELAY));
      if (background) timer.unref();
    };
    const onTime = (): void => {
      const left = due - performance.now();
      if (left > 0) arm(left);
      else callback();
    };
    arm(delay);
    return () => clearTimeout(timer);
  },
};

/** What the engine works with outside simulations. */
export const nodeEnvironment: Environment = {
  clock: { mono: () => performance.now(), wall: () => Date.now() },
  timers,
  // From a promise's callback: behind all other callbacks that are due, and before the loop reads or writes.
  afterTurn: (callback) => process.nextTick(callback),
  nextTurn: (callback) => void setImmediate(callback),
  random: Math.random,
  newToken: () => nanoid(TOKEN_LENGTH),
  warn: (message, code) => process.emitWarning(message, { type: 'LatchkeyWarning', code }),
  process: `${hostname().replace(/\s/g, '_')}/${process.pid}`,
  outlet: nodeDiagnostics,
};
