import * as fc from 'fast-check';

import type { Execution } from '../../src/core/executor.js';
import { count, majorityOf } from '../../src/core/votes.js';

type Vote = Execution<'done' | 'refused'> | undefined;

const sentAt = { mono: 0, wall: 0 };
const reply = (said: 'done' | 'refused'): Vote => ({ ok: true, reply: said, sentAt });
const failure = (reason: string, retryable: boolean, outcome: 'not-done' | 'unknown'): Vote => ({
  ok: false,
  failure: { reason, message: `because of ${reason}`, retryable, outcome },
});
const [DONE, REFUSED] = [reply('done'), reply('refused')];
const LOST = failure('NO_REPLY', true, 'unknown');
const FULL = failure('OOM', true, 'not-done');
const FORBIDDEN = failure('NOPERM', false, 'not-done');

const call = (inDoubt: 'refused' | 'failed') => ({ isDone: (said: string) => said === 'done', inDoubt });
const said = (votes: Vote[], inDoubt: 'refused' | 'failed' = 'failed') => count(call(inDoubt), votes);

describe('majorityOf', () => {
  it('is more than a half, so that any two have a server in common', () => {
    expect([1, 2, 3, 4, 5, 6, 7].map(majorityOf)).toEqual([1, 2, 2, 3, 3, 4, 4]);
  });
});

describe('count', () => {
  it.each([
    ['a majority has done it', [DONE, DONE, undefined], 'done'],
    ['none but one has answered', [DONE, undefined, undefined], undefined],
    ['so many refuse that no majority is left', [REFUSED, REFUSED, undefined], 'refused'],
    ['one of four is missing', [DONE, DONE, REFUSED, undefined], undefined],
    ['four are halved', [DONE, DONE, REFUSED, REFUSED], 'refused'],
    ['of two, one refuses', [DONE, REFUSED], 'refused'],
    ['it can not be done, and is not refused by so many', [DONE, REFUSED, LOST], 'failed'],
    ['the last one may decide that it is refused', [REFUSED, LOST, undefined], undefined],
    ['a majority says nothing', [LOST, LOST, undefined], 'failed'],
  ])('when %s', (_, votes, verdict) => {
    expect(said(votes)?.is).toBe(verdict);
  });

  it.each([
    ['one is missing for good', [DONE, REFUSED, LOST], 'refused'],
    ['one is missing yet', [DONE, REFUSED, undefined], undefined],
    ['one is missing yet, and one for good', [REFUSED, LOST, undefined], undefined],
    ['a majority is missing for good', [REFUSED, LOST, LOST], 'failed'],
    ['of two, one is missing', [DONE, LOST], 'failed'],
  ])('of a lock that was asked for, when %s', (_, votes, verdict) => {
    expect(said(votes, 'refused')?.is).toBe(verdict);
  });

  it('tells the failure that most servers had', () => {
    expect(said([FULL, LOST, FULL])).toEqual({
      is: 'failed',
      failure: {
        reason: 'OOM',
        message: '2 of 3 servers: because of OOM; 1 of 3 servers: because of NO_REPLY',
        retryable: true,
        outcome: 'unknown',
      },
    });
  });

  it.each([
    ['first', [FULL, FULL, LOST]],
    ['last', [LOST, FULL, FULL]],
    ['first of as many', [FULL, LOST, undefined]],
  ])('tells that one also when they come %s', (_, votes) => {
    expect(said(votes)).toMatchObject({ failure: { reason: 'OOM' } });
  });

  it('is worth another try unless those that always fail are too many', () => {
    expect(said([FORBIDDEN, FULL, LOST])).toMatchObject({
      failure: {
        retryable: true,
        reason: 'OOM',
        // Why to try again, and not why one of them is no use.
        message: '1 of 3 servers: because of OOM; 1 of 3 servers: because of NO_REPLY',
      },
    });
    expect(said([DONE, REFUSED, FORBIDDEN])).toMatchObject({
      failure: { reason: 'NOPERM', retryable: true },
    });
    expect(said([FORBIDDEN, FORBIDDEN, FULL])).toMatchObject({
      failure: { reason: 'NOPERM', retryable: false, outcome: 'not-done' },
    });
  });

  it('is certain that nothing is done only when every server is', () => {
    expect(said([FULL, FULL, FULL])).toMatchObject({ failure: { outcome: 'not-done' } });
    for (const other of [DONE, LOST, undefined]) {
      expect(said([FULL, FULL, other])).toMatchObject({ failure: { outcome: 'unknown' } });
    }
  });

  const vote = fc.constantFrom<Vote>(DONE, REFUSED, LOST, FULL, FORBIDDEN);

  it('decides when all have answered, and whether it is done never otherwise than before', () => {
    fc.assert(
      fc.property(
        fc.array(vote, { minLength: 1, maxLength: 9 }),
        fc.constantFrom('refused' as const, 'failed' as const),
        fc.infiniteStream(fc.nat()),
        (votes, inDoubt, dice) => {
          const seen: Vote[] = votes.map(() => undefined);
          const left = votes.map((_, i) => i);
          let before: string | undefined;
          while (left.length > 0) {
            const [next = 0] = left.splice((dice.next().value as number) % left.length, 1);
            seen[next] = votes[next];
            const verdict = said(seen, inDoubt)?.is;
            if (before !== undefined)
              expect([verdict !== undefined, verdict === 'done']).toEqual([true, before === 'done']);
            before ??= verdict;
          }
          expect(before).toBeDefined();
          const done = votes.filter((one) => one === DONE).length;
          expect(before === 'done').toBe(done > votes.length / 2);
        },
      ),
    );
  });
});
