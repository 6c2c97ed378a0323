import { getEventListeners } from 'node:events';

import { Closing } from '../../src/core/closing.js';
import { ENDED, Patience } from '../../src/core/patience.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

function patience(timeout: number, signal?: AbortSignal) {
  const world = new VirtualEnvironment();
  const closing = new Closing();
  return { world, closing, patience: new Patience(world, timeout, signal, closing) };
}

const never = new Promise<never>(() => undefined);

it('ends with its timeout', async () => {
  const { world, patience: ours } = patience(100);
  const race = ours.race(never);
  await world.pass(99);
  expect(ours.end).toBeUndefined();
  expect(ours.remaining).toBe(1);
  await world.pass(1);
  expect(await race).toBe(ENDED);
  expect(ours.end).toEqual({ why: 'timeout' });
});

it('ends by the clock although its timer has not fired yet', () => {
  const { world, patience: ours } = patience(100);
  world.stall(100);
  expect(ours.end).toEqual({ why: 'timeout' });
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
  const { patience: ours } = patience(100, abort.signal);
  const race = ours.race(never);
  abort.abort('enough');
  expect(await race).toBe(ENDED);
  expect(ours.end).toEqual({ why: 'aborted', reason: 'enough' });
});

it('keeps the first of several reasons', async () => {
  const abort = new AbortController();
  const { world, closing, patience: ours } = patience(100, abort.signal);
  closing.begin();
  abort.abort('enough');
  await world.pass(100);
  expect(ours.end).toEqual({ why: 'closed' });
});

it('gives the value of what comes first, or its error', async () => {
  const { patience: ours } = patience(100);
  expect(await ours.race(Promise.resolve(7))).toBe(7);
  await expect(ours.race(Promise.reject(new Error('no')))).rejects.toThrow('no');
});

it('sleeps until the delay has passed, or until it ends', async () => {
  const { world, closing, patience: ours } = patience(100);
  const short = ours.sleep(10);
  await world.pass(10);
  await short;
  const cut = ours.sleep(80);
  closing.begin();
  await cut;
  expect(world.pending).toEqual([90]);
  await ours.sleep(80);
  ours.dispose();
  expect(world.pending).toEqual([]);
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
