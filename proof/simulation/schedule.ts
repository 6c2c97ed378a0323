import { EngineLocker } from '../../src/create-locker.js';
import { dice } from '../dice.js';
import { checkLeftovers } from './checks/leftovers.js';
import { checkOwnership } from './checks/ownership.js';
import { Link } from './link.js';
import { plan } from './mishaps.js';
import { Oracle, type Outcome } from './oracle.js';
import { SimulatedProcess } from './process.js';
import { COMMAND_TIMEOUT, KEYS, type Node, Program, TTL } from './program.js';
import { SimulatedServer } from './server.js';
import { Trace } from './trace.js';
import { chooseKinds, type FaultKind, Weather } from './weather.js';
import { World } from './world.js';

/** What came of one schedule. */
export interface Played {
  readonly seed: number;
  readonly servers: number;
  readonly kinds: readonly FaultKind[];
  readonly violations: readonly string[];
  readonly hash: string;
  readonly lines: readonly string[];
  readonly events: number;
  readonly calls: number;
  /** Virtual ms. */
  readonly time: number;
  readonly faults: ReadonlyMap<FaultKind, number>;
  readonly outcomes: ReadonlyMap<Outcome, number>;
}

export interface PlayOptions {
  /** Kinds of faults that are left out. */
  readonly without?: ReadonlySet<FaultKind>;
  /** Whether the trace is kept as text. */
  readonly recording?: boolean;
}

/** Programs go on until so much has happened in a schedule. */
const LEAST_EVENTS = 500;
/** Faults end here, in virtual ms. */
const HEALED = 4_000;
/** After it every call has settled: the longest timeout, pause and body one behind the other, for a few calls. */
const ENDED = 60_000;
/** What a waiter that is gone and a server that was empty may cost, and what clocks that were set back add, three times at most. */
const RECOVERY = 3_000 + TTL + 250;
/** A server that was started empty learns of it when it is asked, and then grants nothing for a ttl. */
const PROBE = 2 * TTL + 1_000;
const SET_BACK = 3 * 2 * TTL;

/** Plays one schedule: the engine on clocks, links and servers that are all made of the seed. */
export async function play(seed: number, options: PlayOptions = {}): Promise<Played> {
  const random = dice(seed);
  const count = [1, 1, 1, 3, 3, 4, 5][Math.floor(random() * 7)]!;
  const kinds = chooseKinds(random, count, options.without ?? new Set());
  const world = new World(random);
  const trace = new Trace(options.recording ?? false);
  const weather = new Weather(world, kinds, trace);
  const oracle = new Oracle(world, trace);
  const lockKeys = KEYS.map((key) => `lock:${key}`);
  const servers = Array.from(
    { length: count },
    () =>
      new SimulatedServer(world, lockKeys, (args, before, after) => {
        checkOwnership(args, before, after, oracle.wrong);
        // Of several, a majority is enough, and one that was started empty counts for it by what it refuses.
        if (count === 1) oracle.containment.look(after);
      }),
  );
  const links: Link[] = [];
  const nodes = Array.from({ length: 3 + Math.floor(random() * 2) }, (_, id): Node => {
    const process = new SimulatedProcess(world, id);
    const own = servers.map((server) => new Link(process, server, weather));
    links.push(...own);
    const locker = new EngineLocker(
      count === 1 ? own[0]! : own,
      { ttl: TTL, commandTimeout: COMMAND_TIMEOUT },
      process,
    );
    return { process, locker, rounds: count === 1 ? 2 : 3 };
  });
  const programs = nodes.flatMap((node) => [0, 1].map(() => new Program(node, nodes, weather, oracle)));
  const closed = new Set<Node>();
  plan({ weather, oracle, nodes, servers, links, closed }, HEALED);
  world.at(HEALED, () => {
    weather.healed = true;
    for (const link of links) link.deafUntil = 0;
    for (const server of servers) server.refusesUntil = 0;
  });

  let running = programs.length;
  for (const program of programs) {
    void program.run(3 + Math.floor(random() * 3), LEAST_EVENTS).then(
      () => running--,
      (error: unknown) => oracle.wrong(`a program failed: ${String(error)}`),
    );
  }
  const live = (): Node[] => nodes.filter(({ process }) => process.alive);
  const isOver = (): boolean =>
    world.now > HEALED && running <= programs.filter((one) => !one.node.process.alive).length;
  while (!isOver() && world.now < ENDED) await world.run(world.now + 100, isOver);
  if (!isOver()) oracle.wrong('L1: some calls never settle');

  const recovery = RECOVERY + (kinds.has('server-jump') ? SET_BACK : 0);
  await world.run(world.now + recovery);
  for (const key of KEYS) await probe(key);
  let closing = live().length;
  for (const { locker } of live()) void locker.close({ grace: 0 }).then(() => closing--);
  await world.run(world.now + 3 * COMMAND_TIMEOUT + 250);
  if (closing > 0) oracle.wrong(`L1: ${closing} lockers do not close`);
  await world.run(world.now + recovery);
  const left = servers.flatMap(({ keyspace }) => keyspace.keys());
  checkLeftovers(
    left,
    live().map(({ process }) => process.foreground),
    oracle.wrong,
  );
  return {
    seed,
    servers: count,
    kinds: [...kinds],
    violations: oracle.violations,
    hash: trace.hash,
    lines: trace.lines,
    events: world.events,
    calls: programs.reduce((sum, { calls }) => sum + calls, 0),
    time: world.now,
    faults: weather.counts,
    outcomes: oracle.outcomes,
  };

  /** All is healed: the lock is granted again, at once. */
  async function probe(key: string): Promise<void> {
    const node = live().find((one) => !closed.has(one))!;
    const nothing = 'L5: nothing comes of a call for';
    let outcome = nothing;
    void node.locker.acquire(key, { timeout: PROBE }).then(
      async (lock) => {
        oracle.enter(lock, node.process, { since: world.now, asked: world.now }, TTL)();
        await lock.release();
        outcome = '';
      },
      (error: unknown) => (outcome = `L5: ${String(error)} for`),
    );
    await world.run(world.now + PROBE + 250, () => outcome !== nothing);
    if (outcome !== '') oracle.wrong(`${outcome} ${key}, when all is healed`);
  }
}
