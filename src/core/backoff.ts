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

/** A last try that would follow the one before it by less, in ms, is not worth its command. */
const LEAST_DELAY = 5;

/** How long before its timeout a waiter tries for the last time, in ms: a lock that is free by then is not missed. */
const LAST_TRY_LEAD = 20;

/**
 * How long one who would hear of its grant by message waits before it looks all the same, in ms: a lost message, or a
 * holder that sends none, costs a second at most.
 */
const LOOK: Pick<BackoffShape, 'floor' | 'cap'> = { floor: 500, cap: 900 };

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
  return inTime(between(shape.floor, ceiling, random), { remaining, ttlLeft, random });
}

/** When to look again at a lock whose grant comes as a message, in ms from now; in time for the same two moments. */
export function nextLook(situation: Omit<Situation, 'attempt'>): number {
  return inTime(between(LOOK.floor, LOOK.cap, situation.random), situation);
}

function between(least: number, most: number, random: () => number): number {
  return least + random() * (most - least);
}

function inTime(delay: number, { remaining, ttlLeft, random }: Omit<Situation, 'attempt'>): number {
  const expiry = ttlLeft === undefined ? Infinity : between(1, 1 + EXPIRY_SPREAD, random) + ttlLeft;
  const lastTry = remaining - LAST_TRY_LEAD;
  // Past the last try there is nothing left to do but to wait for the end.
  return lastTry >= LEAST_DELAY ? Math.min(delay, expiry, lastTry) : remaining;
}
