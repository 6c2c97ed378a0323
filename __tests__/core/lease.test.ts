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

it('is over from the first ms that is not left, or when it has ended, and nobody is told by who asks that', () => {
  const { world, lease: ours } = lease();
  const ends: string[] = [];
  ours.onEnd((end) => ends.push(end));
  world.stall(1_000 - margin(1_000) - 1);
  expect(ours.over).toBe(false);
  world.stall(1);
  expect([ours.over, ends]).toEqual([true, []]);
  const { lease: taken } = lease();
  taken.finish('taken');
  expect(taken.over).toBe(true);
});

describe('the end of a lease', () => {
  it('is told once, when somebody looks, and then stays', () => {
    const { world, lease: ours } = lease();
    const ends: string[] = [];
    ours.onEnd((end) => ends.push(end));
    const off = ours.onEnd(() => ends.push('not any more'));
    off();
    world.stall(10_000);
    expect(ends).toEqual([]);
    expect([ours.end, ours.remaining]).toEqual(['expired', 0]);
    ours.finish('taken');
    expect(ends).toEqual(['expired']);
    expect(ours.end).toBe('expired');
  });

  it('is not undone by what arrives later', () => {
    const { world, lease: ours } = lease();
    const sentAt = now(world.clock);
    world.stall(10_000);
    ours.renew(sentAt, 60_000);
    expect(ours.remaining).toBe(0);
    const { lease: taken, world: other } = lease();
    taken.finish('taken');
    taken.renew(now(other.clock), 60_000);
    expect(taken.remaining).toBe(0);
  });
});

describe('an extension', () => {
  it('counts from its sending', () => {
    const { world, lease: ours } = lease();
    world.stall(300);
    const sentAt = now(world.clock);
    world.stall(200);
    ours.renew(sentAt, 1_000);
    expect(ours.remaining).toBe(1_000 - margin(1_000) - 200);
  });

  it('never makes it shorter', () => {
    const { world, lease: ours } = lease();
    const before = ours.remaining;
    ours.renew(now(world.clock), 500);
    expect(ours.remaining).toBe(before);
    const sentAt = now(world.clock);
    world.stall(100);
    ours.renew(now(world.clock), 1_000);
    // One that was sent before, and is answered behind that.
    ours.renew(sentAt, 1_000);
    expect(ours.remaining).toBe(before);
  });
});
