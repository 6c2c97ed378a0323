/** What of Node the engine's world is made of. */
import os from 'node:os';

import { nodeDiagnostics } from '../src/node-diagnostics.js';
import { nodeEnvironment } from '../src/node-environment.js';

const { timers, clock } = nodeEnvironment;
const LONGEST = 2 ** 31 - 1;

afterEach(() => void jest.restoreAllMocks());

/** In place of Node's timers: `fire` lets the last one go off, at a time that the test sets. */
function fakeTimers() {
  const set: { delay: number; fire: () => void; unref: jest.Mock }[] = [];
  const cleared: unknown[] = [];
  const time = jest.spyOn(performance, 'now').mockReturnValue(1_000);
  jest.spyOn(globalThis, 'setTimeout').mockImplementation(((fire: () => void, delay: number) => {
    const timer = { delay, fire, unref: jest.fn() };
    set.push(timer);
    return timer;
  }) as never);
  jest.spyOn(globalThis, 'clearTimeout').mockImplementation((timer) => void cleared.push(timer));
  const fire = (now: number): void => {
    time.mockReturnValue(now);
    set.at(-1)!.fire();
  };
  return { set, cleared, fire };
}

it('a timer that Node fires too early is set again for what is left', () => {
  const { set, fire } = fakeTimers();
  const callback = jest.fn();
  timers.set(callback, 5);
  fire(1_004.5);
  expect(callback).not.toHaveBeenCalled();
  fire(1_005);
  expect(callback).toHaveBeenCalledTimes(1);
  expect(set.map(({ delay }) => delay)).toEqual([5, 0.5]);
});

it('a timer that is too long for Node is set piece by piece', () => {
  const { set, fire } = fakeTimers();
  const callback = jest.fn();
  timers.set(callback, LONGEST + 7);
  fire(1_000 + LONGEST);
  fire(1_000 + LONGEST + 7);
  expect(callback).toHaveBeenCalledTimes(1);
  expect(set.map(({ delay }) => delay)).toEqual([LONGEST, 7]);
});

it('a cancelled timer is the one that was set last', () => {
  const { set, cleared, fire } = fakeTimers();
  const cancel = timers.set(() => undefined, 5);
  fire(1_001);
  cancel();
  expect(cleared).toEqual([set[1]]);
});

it.each([true, false, undefined])('a timer in the background (%p) lets the process end', (background) => {
  const { set, fire } = fakeTimers();
  timers.set(() => undefined, 5, background);
  fire(1_001);
  expect(set.map(({ unref }) => unref.mock.calls.length)).toEqual(background ? [1, 1] : [0, 0]);
});

it('the clocks are those of Node', () => {
  jest.spyOn(performance, 'now').mockReturnValue(7);
  jest.spyOn(Date, 'now').mockReturnValue(8);
  expect([clock.mono(), clock.wall()]).toEqual([7, 8]);
});

it('what is due after a turn is the next tick, and in the next turn an immediate', () => {
  const [tick, immediate] = [jest.spyOn(process, 'nextTick'), jest.spyOn(globalThis, 'setImmediate')];
  tick.mockImplementation();
  immediate.mockImplementation();
  const [after, next] = [jest.fn(), jest.fn()];
  nodeEnvironment.afterTurn(after);
  nodeEnvironment.nextTurn(next);
  expect([tick.mock.calls, immediate.mock.calls]).toEqual([[[after]], [[next]]]);
});

it('a warning is one of the process, with a type of its own', () => {
  const emitted = jest.spyOn(process, 'emitWarning').mockImplementation();
  nodeEnvironment.warn('careful', 'LATCHKEY_X');
  expect(emitted.mock.calls).toEqual([['careful', { type: 'LatchkeyWarning', code: 'LATCHKEY_X' }]]);
});

it('chance, and where events go, are Node’s', () => {
  expect(nodeEnvironment.random).toBe(Math.random);
  expect(nodeEnvironment.outlet).toBe(nodeDiagnostics);
});

it('the process is called by its host, without spaces, and its number', async () => {
  jest.spyOn(os, 'hostname').mockReturnValue('my own\thost');
  await jest.isolateModulesAsync(async () => {
    const { nodeEnvironment: again } = await import('../src/node-environment.js');
    expect(again.process).toBe(`my_own_host/${process.pid}`);
  });
});
