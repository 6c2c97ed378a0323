import { VirtualEnvironment } from '../../src/testing/virtual-environment.js';

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
