/** A world whose time stands still: its clocks, timers, turns, dice, tokens and warnings. */
import { settle, VirtualEnvironment } from '../../src/testing/virtual-environment.js';

/** Counts the turns of the event loop until it is told to stop. */
function turns(): { count: number; stop(): void } {
  const seen = { count: 0, stop: () => clearImmediate(next) };
  const turn = (): void => {
    seen.count++;
    next = setImmediate(turn);
  };
  let next = setImmediate(turn);
  return seen;
}

/** Timers that write down when they fire. */
function timed(environment: VirtualEnvironment) {
  const fired: string[] = [];
  const start = environment.mono;
  const set = (name: string, delay: number, then?: () => void) =>
    environment.timers.set(() => {
      fired.push(`${name} at ${environment.mono - start}`);
      then?.();
    }, delay);
  return { fired, set };
}

it('time goes on although a timer asks for less of it than the clock can show', async () => {
  const environment = new VirtualEnvironment();
  const end = environment.mono + 1e-13;
  expect(environment.mono + 1e-14 / 2).toBe(environment.mono);
  let looks = 0;
  const look = (): void => {
    if (environment.mono < end && ++looks < 1_000) environment.timers.set(look, 1e-14 / 2);
  };
  look();
  await environment.pass(1);
  expect(looks).toBe(1);
  expect(environment.pending).toEqual([]);
});

it.each([1, 3])(
  'everything gets the turns of the event loop to settle that were asked for: %d',
  async (n) => {
    const seen = turns();
    await settle(n);
    seen.stop();
    expect(seen.count).toBe(n);
  },
);

it('everything gets one turn to settle unless more are asked for, also before the first timer and after each', async () => {
  const looked: number[] = [];
  for (const environment of [
    new VirtualEnvironment(),
    new VirtualEnvironment(1),
    new VirtualEnvironment(4),
  ]) {
    environment.timers.set(() => undefined, 5);
    const seen = turns();
    await environment.pass(10);
    seen.stop();
    looked.push(seen.count);
  }
  expect(looked).toEqual([2, 2, 8]);
  const seen = turns();
  await settle();
  seen.stop();
  expect(seen.count).toBe(1);
});

it('timers fire in the order of their moments, and of one moment in the order in which they were set', async () => {
  const environment = new VirtualEnvironment();
  const { fired, set } = timed(environment);
  set('b', 20);
  set('a', 10, () => set('d', 10));
  set('c', 20);
  set('late', 31);
  await environment.pass(30);
  expect(fired).toEqual(['a at 10', 'b at 20', 'c at 20', 'd at 20']);
  expect(environment.pending).toEqual([1]);
  await environment.pass(1);
  expect(fired.at(-1)).toBe('late at 31');
});

it('both clocks go on by what passes, and stand still otherwise', async () => {
  const environment = new VirtualEnvironment();
  const { clock, mono, wall } = environment;
  expect([clock.mono(), clock.wall()]).toEqual([mono, wall]);
  await environment.pass(7);
  environment.stall(3);
  await settle(2);
  expect([clock.mono() - mono, clock.wall() - wall]).toEqual([10, 10]);
});

it('a timer that is due since a stall fires late, and no time passes for it', async () => {
  const environment = new VirtualEnvironment();
  const { fired, set } = timed(environment);
  set('overdue', 10);
  set('of the past', -5);
  environment.stall(15);
  expect([fired, environment.pending]).toEqual([[], [-20, -5]]);
  await environment.pass(0);
  expect(fired).toEqual(['of the past at 15', 'overdue at 15']);
});

it('time never goes back: two that let it pass at once are at the later of both moments', async () => {
  const environment = new VirtualEnvironment();
  const start = environment.mono;
  const seen: number[] = [];
  const look = (): void => void seen.push(environment.mono - start);
  await Promise.all([5_000, 10, 0].map((ms) => environment.pass(ms).then(look)));
  expect(seen).toEqual([5_000, 5_000, 5_000]);
});

it('tells the delays of the timers that wait, shortest first, and how many of them keep a program alive', () => {
  const environment = new VirtualEnvironment();
  expect([environment.pending, environment.pendingInForeground]).toEqual([[], 0]);
  environment.timers.set(() => undefined, 30);
  environment.timers.set(() => undefined, 100, true);
  const cancel = environment.timers.set(() => undefined, 5, false);
  expect([environment.pending, environment.pendingInForeground]).toEqual([[5, 30, 100], 2]);
  cancel();
  cancel();
  expect([environment.pending, environment.pendingInForeground]).toEqual([[30, 100], 1]);
});

it('a timer that was cancelled does not fire', async () => {
  const environment = new VirtualEnvironment();
  const { fired, set } = timed(environment);
  const cancel = set('cancelled', 20);
  set('canceller', 10, cancel);
  await environment.pass(50);
  expect(fired).toEqual(['canceller at 10']);
});

it('what comes after a turn comes before what comes in the next one', async () => {
  const { afterTurn, nextTurn } = new VirtualEnvironment();
  const order: string[] = [];
  nextTurn(() => order.push('next turn'));
  afterTurn(() => order.push('after the turn'));
  expect(order).toEqual([]);
  await settle();
  expect(order).toEqual(['after the turn', 'next turn']);
});

it('tokens are as long as real ones, and each is another one, the same in each world', () => {
  const [one, two] = [new VirtualEnvironment(), new VirtualEnvironment()];
  expect([one.newToken(), one.newToken(), two.newToken()]).toEqual([
    'token-1____________________',
    'token-2____________________',
    'token-1____________________',
  ]);
});

it('keeps warnings, has a name for its process, and throws dice as it is told', () => {
  const environment = new VirtualEnvironment();
  expect([environment.process, environment.random(), environment.warnings]).toEqual(['host/1', 0.5, []]);
  environment.warn('mind the gap');
  environment.dice = 0.25;
  expect([environment.random(), environment.warnings]).toEqual([0.25, ['mind the gap']]);
});
