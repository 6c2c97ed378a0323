/** What a lost lock means for the call that had it. */
import { LockLostError } from '../src/errors.js';
import type { Lock } from '../src/lock.js';
import { lossOf, withLoss } from '../src/loss.js';

const LOSS = new LockLostError({ key: 'k', reason: 'expired', held: 1 });
const lockOf = (held: boolean, signal = new AbortController().signal): Lock => ({ held, signal }) as Lock;

describe('the loss of a lock', () => {
  it('is the reason of its signal', () => {
    expect(lossOf(lockOf(false, AbortSignal.abort(LOSS)))).toBe(LOSS);
  });

  it('is none while it is held, or when it was given back', () => {
    expect(lossOf(lockOf(true, AbortSignal.abort(LOSS)))).toBeUndefined();
    const given = { aborted: false, reason: LOSS } as AbortSignal;
    expect(lossOf(lockOf(false, given))).toBeUndefined();
  });
});

describe('the error of work that has lost its lock', () => {
  it('is its own, and tells of the loss by a cause like any other', () => {
    const error = new Error('own');
    expect(withLoss(error, LOSS)).toBe(error);
    expect(Object.getOwnPropertyDescriptor(error, 'cause')).toEqual({
      value: LOSS,
      enumerable: false,
      configurable: true,
      writable: true,
    });
  });

  it('tells of nothing when there was no loss', () => {
    const error = new Error('own');
    expect(withLoss(error, undefined)).toBe(error);
    expect('cause' in error).toBe(false);
  });

  it('keeps a cause of its own', () => {
    const error = new Error('own', { cause: undefined });
    expect(withLoss(error, LOSS)).toBe(error);
    expect(error.cause).toBeUndefined();
  });

  it('is not its own cause', () => {
    const loss = new LockLostError({ key: 'k', reason: 'expired', held: 1 });
    expect(withLoss(loss, loss)).toBe(loss);
    expect('cause' in loss).toBe(false);
  });

  it.each([['text'], [undefined], [null], [{ message: 'no error' }], [Object.freeze(new Error('own'))]])(
    'is left alone when it is %p',
    (error) => {
      expect(withLoss(error, LOSS)).toBe(error);
      if (typeof error === 'object' && error !== null) expect('cause' in error).toBe(false);
    },
  );
});
