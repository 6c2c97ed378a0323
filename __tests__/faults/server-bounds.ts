/** What the tests of this folder compare times with. */

/**
 * What a busy machine may add to a promised time, in ms: the tests' own process, which measures, shares two processors
 * with the server and with other tests, and its timers and messages come late.
 */
export const BUSY = 150;

/** Promised, also on a busy machine: by how much a wait may end after its timeout, in ms. */
export const LATE = 250;

/** Promised: who waits looks once a second at most, and at least that often, in ms. */
export const LOOK = 1_000;

/** Promised: after a fault has ended, locks are given and taken as before within the ttl and so much, in ms. */
export const HEALED = 1_000;

/** Promised: within how many ms a holder is told whose key was taken away in Redis. */
export function toldWithin(ttl: number): number {
  return ttl / 3 + 50;
}
