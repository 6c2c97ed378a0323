import { dice } from '../../../proof/dice.js';
import { Heap } from '../../../proof/simulation/heap.js';
import { Link } from '../../../proof/simulation/link.js';
import { SimulatedProcess } from '../../../proof/simulation/process.js';
import { SimulatedServer } from '../../../proof/simulation/server.js';
import { Trace } from '../../../proof/simulation/trace.js';
import { type FaultKind, Weather } from '../../../proof/simulation/weather.js';
import { World } from '../../../proof/simulation/world.js';
import { serverMemory } from '../../../src/scripts/generated.js';

test('a heap gives what was put in by time, then by order', () => {
  const random = dice(1);
  const heap = new Heap<{ time: number; order: number }>();
  const items = Array.from({ length: 500 }, (_, order) => ({ time: Math.floor(random() * 50), order }));
  for (const item of items) heap.push(item);
  const taken = items.map(() => heap.pop());
  expect(taken).toEqual([...items].sort((a, b) => a.time - b.time || a.order - b.order));
  expect(heap.pop()).toBeUndefined();
});

test('each event has all its microtasks, then what is for the end of its turn, before the next event', async () => {
  const world = new World(dice(1));
  const owner = { alive: true, pausedUntil: 0 };
  const seen: string[] = [];
  world.at(1, () => {
    world.afterTurn(() => seen.push('after the turn'), owner);
    void (async () => {
      for (let n = 0; n < 50; n++) await Promise.resolve();
      seen.push('microtasks');
    })();
  });
  world.at(1, () => seen.push('next'));
  await world.run(2);
  expect(seen).toEqual(['microtasks', 'after the turn', 'next']);
  expect(world.now).toBe(2);
});

test('who stands still gets events later, in order; who is dead gets none', async () => {
  const world = new World(dice(1));
  const paused = new SimulatedProcess(world, 0);
  const dead = new SimulatedProcess(world, 1);
  const seen: string[] = [];
  paused.pause(10);
  world.at(1, () => seen.push(`first at ${world.now}`), paused);
  world.at(2, () => seen.push(`second at ${world.now}`), paused);
  dead.alive = false;
  world.at(3, () => seen.push('of the dead'), dead);
  await world.run(20);
  expect(seen).toEqual(['first at 10', 'second at 10']);
});

test('a machine that was suspended has a monotonic clock and timers that know nothing of it, and a wall clock that does', async () => {
  const world = new World(dice(1));
  const process = new SimulatedProcess(world, 0);
  const [mono, wall] = [process.clock.mono(), process.clock.wall()];
  const seen: number[] = [];
  process.timers.set(() => seen.push(world.now), 100);
  world.at(60, () => process.suspend(1_000));
  world.at(200, () => process.suspend(1_000));
  world.at(300, () => process.suspend(100));
  await world.run(2_000);
  const { rate } = process;
  // From 60 to 1,200, and a timer of 100 ms has up to 1 ms more.
  expect(seen).toHaveLength(1);
  expect(seen[0]).toBeGreaterThanOrEqual(1_140 + 100 / rate);
  expect(seen[0]).toBeLessThan(1_141 + 100 / rate);
  expect(process.clock.mono() - mono).toBeCloseTo((2_000 - 1_140) * rate, 6);
  expect(process.clock.wall() - wall).toBeCloseTo(2_000 * rate, 3);
});

async function send(kinds: readonly FaultKind[], count: number): Promise<number[]> {
  const world = new World(dice(7));
  const weather = new Weather(world, new Set(kinds), new Trace(false));
  const link = new Link(
    new SimulatedProcess(world, 0),
    new SimulatedServer(world, [], () => undefined),
    weather,
  );
  const replies: number[] = [];
  for (let n = 0; n < count; n++)
    void link.run(serverMemory, [], []).then(
      () => replies.push(n),
      () => undefined,
    );
  await world.run(10_000);
  return replies;
}

test('a link keeps the order, however late one is, and loses what the weather says', async () => {
  const all = Array.from({ length: 200 }, (_, n) => n);
  expect(await send(['delay'], 200)).toEqual(all);
  const some = await send(['request-lost', 'reply-lost'], 200);
  expect(some.length).toBeLessThan(200);
  expect(some.length).toBeGreaterThan(100);
});
