import { Lease, margin } from '../../src/core/lease.js';
import { now } from '../../src/core/clock.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

function lease(ttl = 1_000) {
  const world = new VirtualEnvironment();
  return { world, lease: new Lease(world.clock, now(world.clock), ttl) };
}

it('is shorter than the ttl by 1 % and 2 ms for drift and 1 %, at least 5 ms, to notice', () => {
  expect(margin(100)).toBe(1 + 2 + 5);
  expect(margin(20_000)).toBe(200 + 2 + 200);
});

it('runs down with the time and stays at 0', () => {
  const { world, lease: ours } = lease();
  expect(ours.remaining).toBe(1_000 - margin(1_000));
  world.stall(900);
  expect(ours.remaining).toBe(1_000 - margin(1_000) - 900);
  world.stall(10_000);
  expect(ours.remaining).toBe(0);
});

it('believes the wall clock when the machine was suspended and the monotonic clock stood still', () => {
  const { world, lease: ours } = lease();
  world.wall += 5_000;
  expect(ours.remaining).toBe(0);
});

it('believes the monotonic clock when the wall clock was set back', () => {
  const { world, lease: ours } = lease();
  world.wall -= 3_600_000;
  world.mono += 600;
  expect(ours.remaining).toBe(1_000 - margin(1_000) - 600);
});

it('is never longer than the ttl of the shortest lock', () => {
  const { lease: ours } = lease(100);
  expect(ours.remaining).toBe(92);
});
