/** Which error a caller gets whose call ends without the lock. */
import { now } from '../../src/core/clock.js';
import { Lease, margin } from '../../src/core/lease.js';
import { heldBy, type Obstacle, reasonOf, type Refusal, tooSlow } from '../../src/core/obstacle.js';
import { LockBackendError, LockClosedError, LockTimeoutError } from '../../src/errors.js';
import { request, TTL } from '../support/engine.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

const NOW = 1_000;
const HOLDER: Obstacle = { is: 'holder', who: 'other/2 there', since: 400 };
const PASSING: Obstacle = { is: 'backend', reason: 'LOADING', message: 'LOADING it is', retryable: true };
const STAYING: Obstacle = { is: 'backend', reason: 'NOPERM', message: 'NOPERM no', retryable: false };

const refusal = (change: Partial<Refusal>): Refusal => ({
  request: request(),
  end: undefined,
  obstacle: undefined,
  waited: 70,
  unknownUntil: undefined,
  now: NOW,
  ...change,
});

describe('whom a reply names as the holder', () => {
  const reply = { granted: false, ttlLeft: 10, holder: 'other/2 there', at: 1 } as const;

  it('has had the lock for as long as the reply says', () => {
    expect(heldBy({ ...reply, heldFor: 600 }, NOW)).toEqual(HOLDER);
    expect(heldBy({ ...reply, heldFor: 0 }, NOW)).toEqual({ ...HOLDER, since: NOW });
  });

  it('has had it since nobody knows when, where the reply does not say', () => {
    const unknown = { is: 'holder', who: undefined, since: undefined };
    expect(heldBy({ ...reply, holder: undefined, heldFor: undefined }, NOW)).toEqual(unknown);
  });
});

describe('a call that somebody else was in the way of', () => {
  it('is told who that is, and for how long it has had the lock', () => {
    const error = reasonOf(refusal({ end: { why: 'timeout' }, obstacle: HOLDER }));
    expect(error).toBeInstanceOf(LockTimeoutError);
    expect(error).toMatchObject({ key: 'k', waited: 70, holder: 'other/2 there', heldFor: 600 });
    expect((error as Error).message).toBe(
      'lock "k" was not granted within its timeout of 5000 ms (waited 70 ms); held for 0.6 s by "other/2 there"',
    );
  });

  it('is told of no time where none is known', () => {
    const error = reasonOf(refusal({ obstacle: { ...HOLDER, since: undefined } }));
    expect(error).toMatchObject({ holder: 'other/2 there', heldFor: undefined });
  });

  it('is told of a holder that got the lock at this very moment', () => {
    expect(reasonOf(refusal({ obstacle: { ...HOLDER, since: NOW } }))).toMatchObject({ heldFor: 0 });
    expect(reasonOf(refusal({ obstacle: { ...HOLDER, since: 0 } }))).toMatchObject({ heldFor: NOW });
  });
});

describe('a call that Redis was in the way of', () => {
  it.each([
    [PASSING, true],
    [STAYING, false],
  ])('is told what Redis has said, and whether it may come again: %#', (obstacle, retryable) => {
    const error = reasonOf(refusal({ end: { why: 'timeout' }, obstacle }));
    expect(error).toBeInstanceOf(LockBackendError);
    expect(error).toMatchObject({ key: 'k', reason: obstacle.reason, retryable, waited: 70 });
    expect(error).toMatchObject({ ownership: 'never-held', unknownUntil: undefined });
    expect((error as Error).message).toBe(`lock "k" could not be taken (waited 70 ms): ${obstacle.message}`);
  });

  it('is told until when something of it may be in Redis', () => {
    const error = reasonOf(refusal({ obstacle: PASSING, unknownUntil: 12_345 }));
    expect(error).toMatchObject({ ownership: 'unknown', unknownUntil: 12_345 });
  });

  it.each([
    ['its timeout', 200, 250, 200],
    ['one command may take', 5_000, 250, 250],
    ['either', 250, 250, 250],
  ])('and that ends before the first answer is told for how long there was none: %s', (_, ...times) => {
    const [timeout, commandTimeout, ms] = times;
    const error = reasonOf(
      refusal({ end: { why: 'timeout' }, request: request({ timeout, commandTimeout }), unknownUntil: 7 }),
    );
    expect(error).toMatchObject({
      code: 'LOCK_BACKEND',
      reason: 'NO_REPLY',
      retryable: true,
      unknownUntil: 7,
    });
    expect((error as Error).message).toBe(
      `lock "k" could not be taken (waited 70 ms): no reply within ${ms} ms`,
    );
  });
});

describe('a call whose caller waits no more', () => {
  const aborted = { why: 'aborted', reason: 'gone' } as const;
  const closed = { why: 'closed' } as const;

  it.each([undefined, HOLDER, PASSING])('is told so, whatever was in its way: %#', (obstacle) => {
    expect(reasonOf(refusal({ end: aborted, obstacle }))).toBe('gone');
    const error = reasonOf(refusal({ end: closed, obstacle }));
    expect(error).toBeInstanceOf(LockClosedError);
    expect(error).toMatchObject({ key: 'k' });
  });

  it('is told of what has to be mended first all the same', () => {
    expect(reasonOf(refusal({ end: aborted, obstacle: STAYING }))).toMatchObject({ reason: 'NOPERM' });
    expect(reasonOf(refusal({ end: closed, obstacle: STAYING }))).toMatchObject({ reason: 'NOPERM' });
  });
});

describe('a grant that came too late', () => {
  const leaseWith = (left: number): Lease => {
    const environment = new VirtualEnvironment();
    const lease = new Lease(environment.clock, now(environment.clock), TTL);
    environment.stall(TTL - margin(TTL) - left);
    return lease;
  };

  it('is an obstacle that may pass, and says how much was left', () => {
    expect(tooSlow(leaseWith(490), TTL, 500)).toEqual({
      is: 'backend',
      reason: 'TOO_SLOW',
      message: 'the grant came with 490 ms of its 1000 ms left, less than the minValidity of 500 ms',
      retryable: true,
    });
  });

  it('never says that as much was left as it should', () => {
    expect(tooSlow(leaseWith(499.75), TTL, 500).message).toBe(
      'the grant came with 499 ms of its 1000 ms left, less than the minValidity of 500 ms',
    );
  });
});
