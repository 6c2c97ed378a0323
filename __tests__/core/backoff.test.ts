import fc from 'fast-check';

import { type BackoffShape, nextDelay, WHILE_BUSY, WHILE_FAILING } from '../../src/core/backoff.js';

const plan = (shape: BackoffShape, change: Partial<Parameters<typeof nextDelay>[1]> = {}): number =>
  nextDelay(shape, { attempt: 0, remaining: Infinity, ttlLeft: undefined, random: () => 0.5, ...change });

const anyShape = fc.constantFrom(WHILE_BUSY, WHILE_FAILING);
const anyDice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

it('is never below the floor nor above the cap, whatever the attempt', () => {
  fc.assert(
    fc.property(anyShape, fc.nat(2_000), anyDice, (shape, attempt, dice) => {
      const delay = plan(shape, { attempt, random: () => dice });
      return delay >= shape.floor && delay <= shape.cap;
    }),
  );
});

it('never goes past the end of the caller’s patience, nor past the expiry of the holder and its spread', () => {
  fc.assert(
    fc.property(
      anyShape,
      fc.nat(20),
      anyDice,
      fc.double({ min: 0, max: 2_000, noNaN: true }),
      fc.nat(2_000),
      (shape, attempt, dice, remaining, ttlLeft) => {
        const delay = plan(shape, { attempt, random: () => dice, remaining, ttlLeft });
        return delay >= 0 && delay <= remaining && (delay <= ttlLeft + 21 || delay === remaining);
      },
    ),
  );
});

it('grows with the attempts up to the cap', () => {
  const delays = [0, 1, 2, 3, 10].map((attempt) => plan(WHILE_BUSY, { attempt, random: () => 0.999_999 }));
  expect(delays.map(Math.round)).toEqual([40, 80, 160, 250, 250]);
});

it('differs between callers, so that they do not come all at once', () => {
  const delays = new Set(
    [0.1, 0.3, 0.6, 0.9].map((dice) => plan(WHILE_BUSY, { attempt: 5, random: () => dice })),
  );
  expect(delays.size).toBe(4);
});

it('leaves time for a last try, and after that waits for the end', () => {
  expect(plan(WHILE_BUSY, { attempt: 9, remaining: 60, random: () => 0.999 })).toBe(40);
  expect(plan(WHILE_BUSY, { attempt: 9, remaining: 25 })).toBe(5);
  expect(plan(WHILE_BUSY, { attempt: 9, remaining: 24 })).toBe(24);
  expect(plan(WHILE_BUSY, { attempt: 9, remaining: 20 })).toBe(20);
  expect(plan(WHILE_BUSY, { attempt: 9, remaining: 0 })).toBe(0);
});
