import { getEventListeners } from 'node:events';

import { Closing } from '../../src/core/closing.js';
import { Patience } from '../../src/core/patience.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

function patience(timeout: number, signal?: AbortSignal) {
  const world = new VirtualEnvironment();
  const closing = new Closing();
  const onEnd = jest.fn();
  return { world, closing, onEnd, patience: new Patience(world, timeout, signal, closing, onEnd) };
}

it('ends with its timeout', async () => {
  const { world, onEnd, patience: ours } = patience(100);
  await world.pass(99);
  expect(ours.end).toBeUndefined();
  expect(ours.remaining).toBe(1);
  expect(onEnd).not.toHaveBeenCalled();
  await world.pass(1);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(ours.end).toEqual({ why: 'timeout' });
});

it('ends by the clock although its timer has not fired yet', () => {
  const { world, onEnd, patience: ours } = patience(100);
  world.stall(100);
  expect(ours.end).toEqual({ why: 'timeout' });
  expect(ours.end).toEqual({ why: 'timeout' });
  expect(onEnd).toHaveBeenCalledTimes(1);
});

it('of timeout 0 or Infinity has no timer and is not ended by the clock', () => {
  for (const timeout of [0, Infinity]) {
    const { world, patience: ours } = patience(timeout);
    expect(world.pending).toEqual([]);
    world.stall(1e9);
    expect(ours.end).toBeUndefined();
  }
});

it('ends with the signal and keeps its reason', async () => {
  const abort = new AbortController();
  const { onEnd, patience: ours } = patience(100, abort.signal);
  abort.abort('enough');
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(ours.end).toEqual({ why: 'aborted', reason: 'enough' });
});

it('keeps the first of several reasons', async () => {
  const abort = new AbortController();
  const { world, closing, onEnd, patience: ours } = patience(100, abort.signal);
  closing.begin();
  abort.abort('enough');
  await world.pass(100);
  expect(onEnd).toHaveBeenCalledTimes(1);
  expect(ours.end).toEqual({ why: 'closed' });
});

it('has ended at once with a signal that is aborted, or a locker that closes', () => {
  const aborted = patience(100, AbortSignal.abort('before'));
  expect(aborted.patience.end).toEqual({ why: 'aborted', reason: 'before' });
  const closing = new Closing();
  closing.begin();
  const onEnd = jest.fn();
  const late = new Patience(new VirtualEnvironment(), 100, undefined, closing, onEnd);
  expect(late.end).toEqual({ why: 'closed' });
  expect(onEnd).toHaveBeenCalledTimes(1);
});

it('takes back its timer and its listener when it is not needed any more', () => {
  const abort = new AbortController();
  const { world, closing, patience: ours } = patience(100, abort.signal);
  ours.dispose();
  closing.begin();
  expect(world.pending).toEqual([]);
  expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  expect(ours.end).toBeUndefined();
});
