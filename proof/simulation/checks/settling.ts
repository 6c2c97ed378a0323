/** What timers and the link may add to a timeout, in ms. */
const EPSILON = 250;

/** L1: a call settles within its timeout; what its process stood still is its own. */
export function checkSettling(
  call: {
    readonly what: string;
    readonly took: number;
    readonly timeout: number;
    /** How many commands one try may wait for, one behind the other. */
    readonly rounds: number;
    readonly commandTimeout: number;
    readonly paused: number;
  },
  wrong: (what: string) => void,
): void {
  const { what, took, timeout, rounds, commandTimeout, paused } = call;
  const longest = Math.max(timeout, rounds * commandTimeout) + EPSILON + paused;
  if (took > longest) wrong(`L1: ${what} with a timeout of ${timeout} took ${took.toFixed(1)} ms`);
}
