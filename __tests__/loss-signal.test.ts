/** The signal that tells of a loss. */
import { LockLostError } from '../src/errors.js';
import { LossSignal } from '../src/loss-signal.js';

const LOSS = new LockLostError({ key: 'k', reason: 'expired', held: 1 });

it('is one and the same for whoever asks, and asks for a loss once', () => {
  const made = new LossSignal();
  let asked = 0;
  const ask = (): undefined => {
    asked++;
    return undefined;
  };
  const signal = made.get(ask);
  expect(made.get(ask)).toBe(signal);
  expect([asked, signal.aborted]).toEqual([1, false]);
});

it('aborts with the loss', () => {
  const made = new LossSignal();
  const signal = made.get(() => undefined);
  made.abort(LOSS);
  expect([signal.aborted, signal.reason]).toEqual([true, LOSS]);
});

it('is aborted from the beginning when the lock was lost before anybody asked for it', () => {
  const made = new LossSignal();
  made.abort(LOSS);
  const { aborted, reason } = made.get(() => LOSS);
  expect([aborted, reason]).toEqual([true, LOSS]);
});

it('can be asked for by whoever is told of the loss while it is made', () => {
  const made = new LossSignal();
  const seen: AbortSignal[] = [];
  const signal = made.get(() => {
    seen.push(made.get(() => undefined));
    made.abort(LOSS);
    return LOSS;
  });
  expect(seen).toEqual([signal]);
  expect(signal.reason).toBe(LOSS);
});
