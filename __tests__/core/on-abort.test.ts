import { getEventListeners } from 'node:events';

import { onAbort } from '../../src/core/on-abort.js';

it('calls everybody once when the signal aborts, through one listener', () => {
  const abort = new AbortController();
  const callbacks = Array.from({ length: 20 }, () => jest.fn());
  for (const callback of callbacks) onAbort(abort.signal, callback);
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
  abort.abort();
  for (const callback of callbacks) expect(callback).toHaveBeenCalledTimes(1);
});

it('calls at once when the signal has aborted', () => {
  const callback = jest.fn();
  onAbort(AbortSignal.abort(), callback)();
  expect(callback).toHaveBeenCalledTimes(1);
});

it('takes the listener away with the last callback, and puts it back for the next one', () => {
  const abort = new AbortController();
  const [first, second] = [jest.fn(), jest.fn()];
  const [forgetFirst, forgetSecond] = [onAbort(abort.signal, first), onAbort(abort.signal, second)];
  forgetFirst();
  forgetFirst();
  expect(getEventListeners(abort.signal, 'abort')).toHaveLength(1);
  forgetSecond();
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  onAbort(abort.signal, first);
  forgetSecond();
  abort.abort();
  expect(first).toHaveBeenCalledTimes(1);
  expect(second).not.toHaveBeenCalled();
});

it('lets a callback that is called take others away', () => {
  const abort = new AbortController();
  const second = jest.fn();
  onAbort(abort.signal, () => forgetSecond());
  const forgetSecond = onAbort(abort.signal, second);
  abort.abort();
  expect(second).not.toHaveBeenCalled();
});

it('gives the same callback, given twice, two calls', () => {
  const abort = new AbortController();
  const callback = jest.fn();
  onAbort(abort.signal, callback);
  onAbort(abort.signal, callback);
  abort.abort();
  expect(callback).toHaveBeenCalledTimes(2);
});
