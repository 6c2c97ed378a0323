import * as fc from 'fast-check';

import { nextDelay, nextLook, WHILE_BUSY, WHILE_FAILING } from '../../src/core/backoff.js';
import type { Execution } from '../../src/core/executor.js';
import { count, majorityOf } from '../../src/core/votes.js';
import { holds } from './property.js';

const dice = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });
const time = fc.oneof(
  fc.double({ min: 0, max: 1e9, noNaN: true }),
  fc.constant(Infinity),
  fc.constantFrom(0, 24.9, 25, 25.1),
);

it('a delay is within its bounds, never past the caller’s patience, and never far behind the holder’s expiry', () => {
  const shape = fc.constantFrom(WHILE_BUSY, WHILE_FAILING);
  const property = fc.property(
    shape,
    fc.nat(5_000),
    dice,
    time,
    fc.option(time, { nil: undefined }),
    (shape, attempt, random, remaining, ttlLeft) => {
      const situation = { remaining, ttlLeft, random: () => random };
      const delay = nextDelay(shape, { attempt, ...situation });
      const look = nextLook(situation);
      for (const [one, longest] of [
        [delay, shape.cap],
        [look, 900],
      ] as const) {
        expect(one).toBeGreaterThanOrEqual(0);
        expect(one).toBeLessThanOrEqual(remaining);
        // What is left of the patience is waited for as a whole when it is too little for another try.
        if (one !== remaining) expect(one).toBeLessThanOrEqual(Math.min(longest, (ttlLeft ?? Infinity) + 21));
        if (one === remaining) expect(one).toBeLessThanOrEqual(Math.max(25, longest));
      }
    },
  );
  holds(property, 300);
});

type Vote = Execution<'done' | 'refused'> | undefined;
const sentAt = { mono: 0, wall: 0 };
const vote = fc.oneof(
  fc.constantFrom<Vote>(
    undefined,
    { ok: true, reply: 'done', sentAt },
    { ok: true, reply: 'refused', sentAt },
  ),
  fc
    .record({
      reason: fc.constantFrom('OOM', 'NOPERM', 'NO_REPLY'),
      retryable: fc.boolean(),
      outcome: fc.constantFrom('not-done' as const, 'unknown' as const),
    })
    .map((failure): Vote => ({ ok: false, failure: { message: failure.reason, ...failure } })),
);

it('the votes of 1 to 9 servers always come to a verdict, and to one that a majority has said', () => {
  const property = fc.property(
    fc.array(vote, { minLength: 1, maxLength: 9 }),
    fc.constantFrom('refused' as const, 'failed' as const),
    (votes, inDoubt) => {
      const call = { isDone: (reply: string) => reply === 'done', inDoubt };
      const verdict = count(call, votes);
      const said = (reply: string) => votes.filter((one) => one?.ok === true && one.reply === reply).length;
      const open = votes.filter((one) => one === undefined).length;
      const majority = majorityOf(votes.length);
      // Two majorities have a server in common.
      expect(2 * majority).toBeGreaterThan(votes.length);
      expect(verdict?.is === 'done').toBe(said('done') >= majority);
      if (verdict === undefined) expect(open).toBeGreaterThan(0);
      else if (verdict.is !== 'done') expect(said('done')).toBeLessThan(majority);
      if (verdict?.is === 'failed') {
        // What may have been done somewhere, or may yet be, is never told as not done.
        const mayBe =
          said('done') + open > 0 ||
          votes.some((one) => one?.ok === false && one.failure.outcome === 'unknown');
        expect(verdict.failure.outcome).toBe(mayBe ? 'unknown' : 'not-done');
      }
      // Who refuses and who can not be asked are enough to say no, in whatever order: all answers make a verdict.
      if (open === 0) expect(verdict).toBeDefined();
    },
  );
  holds(property, 300);
});
