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

it('leaves those alone who came after an event that was none of the signal', () => {
  const abort = new AbortController();
  const { signal } = abort;
  const [early, late, last] = [jest.fn(), jest.fn(), jest.fn()];
  const forgetEarly = onAbort(signal, early);
  signal.dispatchEvent(new Event('abort'));
  expect(early).toHaveBeenCalledTimes(1);
  onAbort(signal, late);
  forgetEarly();
  onAbort(signal, last);
  expect(getEventListeners(signal, 'abort')).toHaveLength(1);
  abort.abort();
  for (const callback of [early, late, last]) expect(callback).toHaveBeenCalledTimes(1);
});

it('calls at once whoever comes while the others are called, and has nothing to take away afterwards', () => {
  const abort = new AbortController();
  const [second, reentrant] = [jest.fn(), jest.fn()];
  const forgetFirst = onAbort(abort.signal, () => onAbort(abort.signal, reentrant)());
  const forgetSecond = onAbort(abort.signal, second);
  abort.abort();
  expect(reentrant).toHaveBeenCalledTimes(1);
  forgetFirst();
  forgetSecond();
  expect(second).toHaveBeenCalledTimes(1);
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
});
