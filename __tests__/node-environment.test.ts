import { nodeEnvironment } from '../src/node-environment.js';

const { timers, newToken, clock } = nodeEnvironment;

it('makes tokens of 27 characters without a space, never twice, and not from Math.random', () => {
  const random = jest.spyOn(Math, 'random').mockReturnValue(0);
  const tokens = new Set(Array.from({ length: 100_000 }, newToken));
  random.mockRestore();
  expect(tokens.size).toBe(100_000);
  for (const token of tokens) if (!/^[\w-]{27}$/.test(token)) throw new Error('not a token of 27 characters');
});

it('names the process without a space', () => {
  expect(nodeEnvironment.process).toMatch(new RegExp(`^\\S+/${process.pid}$`));
});

it('reads both clocks in ms', () => {
  expect(Math.abs(clock.wall() - Date.now())).toBeLessThan(1_000);
  expect(Math.abs(clock.mono() - performance.now())).toBeLessThan(1_000);
});

describe('timers', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('fire once after the delay, or never when they are cancelled', () => {
    const fired = jest.fn();
    const cancelled = jest.fn();
    timers.set(fired, 100);
    timers.set(cancelled, 100)();
    jest.advanceTimersByTime(1_000);
    expect(fired).toHaveBeenCalledTimes(1);
    expect(cancelled).not.toHaveBeenCalled();
  });

  it('keep delays that are longer than a timer of Node can be', () => {
    const fired = jest.fn();
    const day = 86_400_000;
    timers.set(fired, 60 * day);
    jest.advanceTimersByTime(60 * day - 1);
    expect(fired).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(fired).toHaveBeenCalledTimes(1);
    timers.set(fired, 60 * day)();
    expect(jest.getTimerCount()).toBe(0);
  });
});

it('F5 R4: delays that are longer than a timer of Node can be neither fire at once nor make it warn', async () => {
  const [fired, warned] = [jest.fn(), jest.fn()];
  process.on('warning', warned);
  const cancels = [2 ** 31 - 1, 2 ** 31, Number.MAX_SAFE_INTEGER].map((delay) => timers.set(fired, delay));
  // Node fires what it takes for 1 ms, and warns, in this time.
  await new Promise((resolve) => setTimeout(resolve, 50));
  for (const cancel of cancels) cancel();
  process.off('warning', warned);
  expect(fired).not.toHaveBeenCalled();
  expect(warned).not.toHaveBeenCalled();
});

it('timers in the background do not keep the process alive', () => {
  const before = process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
  const cancel = timers.set(() => undefined, 60_000, true);
  expect(process.getActiveResourcesInfo().filter((name) => name === 'Timeout')).toHaveLength(before);
  cancel();
});
