/** What timers and the link may add to a timeout, in ms. */
const EPSILON = 250;

/** L1: a call settles within its timeout; what its process stood still is its own. */
export function checkSettling(
  call: {
    readonly what: string;
    readonly took: number;
    readonly timeout: number;
    readonly commandTimeout: number;
    readonly paused: number;
  },
  wrong: (what: string) => void,
): void {
  const { what, took, timeout, commandTimeout, paused } = call;
  // One that does not wait still sends its command, and may send what it was not sure of again.
  const longest = Math.max(timeout, 2 * commandTimeout) + EPSILON + paused;
  if (took > longest) wrong(`L1: ${what} with a timeout of ${timeout} took ${took.toFixed(1)} ms`);
}
