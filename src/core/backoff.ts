/** How the delays between attempts grow: each is drawn between `floor` and a ceiling that doubles up to `cap`, in ms. */
export interface BackoffShape {
  readonly floor: number;
  readonly first: number;
  readonly cap: number;
}

/** While somebody else has the lock: quick at first, since most locks are held for moments. */
export const WHILE_BUSY: BackoffShape = { floor: 5, first: 40, cap: 250 };

/** While Redis does not answer: slower, since everybody who waits asks again. */
export const WHILE_FAILING: BackoffShape = { floor: 25, first: 100, cap: 1_000 };

/** How long after the present holder's expiry its waiters come, spread over some ms so that they do not all come at once. */
const EXPIRY_SPREAD = 20;

/** How long before its timeout a waiter tries for the last time, in ms: a lock that is free by then is not missed. */
const LAST_TRY_LEAD = 20;

/** What is known when the next attempt is planned. */
export interface Situation {
  /** How many attempts in a row found the same shape of obstacle, from 0. */
  readonly attempt: number;
  /** Until the caller's patience ends, in ms; may be Infinity. */
  readonly remaining: number;
  /** Until the present holder's key expires, in ms; undefined when it does not, or when nothing is known. */
  readonly ttlLeft: number | undefined;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/**
 * When to try again, in ms from now.
 *
 * Never later than the moment at which the holder's key expires by itself, nor so late that the caller's timeout
 * passes without a last try.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/ (full jitter)
 */
export function nextDelay(shape: BackoffShape, { attempt, remaining, ttlLeft, random }: Situation): number {
  const ceiling = Math.min(shape.cap, shape.first * 2 ** attempt);
  let delay = shape.floor + random() * (ceiling - shape.floor);
  if (ttlLeft !== undefined) delay = Math.min(delay, ttlLeft + 1 + random() * EXPIRY_SPREAD);
  const lastTry = remaining - LAST_TRY_LEAD;
  // Past the last try there is nothing left to do but to wait for the end.
  return lastTry > shape.floor ? Math.min(delay, lastTry) : remaining;
}
