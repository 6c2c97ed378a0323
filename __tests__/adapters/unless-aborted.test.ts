import { getEventListeners } from 'node:events';

import { unlessAborted } from '../../src/adapters/unless-aborted.js';

const never = new Promise<never>(() => undefined);
const listeners = (signal: AbortSignal): number => getEventListeners(signal, 'abort').length;

it('settles like the promise, and leaves no listener behind', async () => {
  const { signal } = new AbortController();
  const kept = unlessAborted(Promise.resolve('value'), signal);
  expect(listeners(signal)).toBe(1);
  expect(await kept).toBe('value');
  await expect(unlessAborted(Promise.reject(new Error('broken')), signal)).rejects.toThrow('broken');
  expect(listeners(signal)).toBe(0);
});

it('rejects with the reason as soon as the signal aborts, and leaves no listener behind', async () => {
  const abort = new AbortController();
  const given = unlessAborted(never, abort.signal);
  abort.abort(new Error('given up'));
  await expect(given).rejects.toBe(abort.signal.reason);
  expect(listeners(abort.signal)).toBe(0);
});

it('rejects with the reason when the signal has aborted already', async () => {
  const reason = new Error('given up');
  await expect(unlessAborted(never, AbortSignal.abort(reason))).rejects.toBe(reason);
});

it('is the promise itself without a signal', async () => {
  expect(await unlessAborted(Promise.resolve('value'))).toBe('value');
});
