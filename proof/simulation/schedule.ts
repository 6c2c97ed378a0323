import './no-sections.js';

import { EngineLocker } from '../../src/create-locker.js';
import { dice } from '../dice.js';
import { Calm } from './calm.js';
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
  readonly liveness?: Liveness;
}

/** How soon and how fairly locks were granted when all was well. */
export interface Liveness {
  /** How many times a lock was free while somebody waited. */
  readonly gaps: number;
  /** The longest of these, in virtual ms. */
  readonly longest: number;
  /** How many grants the process with the most had for each of the process with the least. */
  readonly unfair: number;
}

export interface PlayOptions {
  /** Kinds of faults that are left out. */
  readonly without?: ReadonlySet<FaultKind>;
  /** Whether the trace is kept as text. */
  readonly recording?: boolean;
  /** Whether programs go on when all is well, and locks have to be granted soon and in turn. */
  readonly liveness?: boolean;
  /** Whether faults are over soon, and programs make few calls. */
  readonly brief?: boolean;
}

/** Programs go on until so much has happened in a schedule. */
const LEAST_EVENTS = 500;
/** When faults end, in virtual ms, and how many calls each program makes at least. */
const LONG = { healed: 4_000, calls: 3 };
const BRIEF = { healed: 2_000, calls: 2 };
/** So long all goes well where it is looked at how soon and in which order locks are granted. */
const CALM = 6_000;
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
  const { healed, calls } = options.brief === true ? BRIEF : LONG;
  const count = [1, 1, 1, 3, 3, 4, 5][Math.floor(random() * 7)]!;
  const kinds = chooseKinds(random, count, options.without ?? new Set());
  const world = new World(random);
  const trace = new Trace(options.recording ?? false);
  const weather = new Weather(world, kinds, trace);
  const oracle = new Oracle(world, trace);
  const lockKeys = KEYS.map((key) => `lock:${key}`);
  const recovery = RECOVERY + (kinds.has('server-jump') ? SET_BACK : 0);
  const span = { from: healed + recovery, until: healed + recovery + (count === 1 ? CALM : CALM / 3) };
  const calm = options.liveness === true ? new Calm(span, lockKeys, count, oracle.wrong) : undefined;
  // Of several servers, one that has forgotten a lock still counts for it, by what it refuses.
  const isTold = count === 1 || !(kinds.has('restart') || kinds.has('delete'));
  const servers: SimulatedServer[] = Array.from(
    { length: count },
    () =>
      new SimulatedServer(world, lockKeys, (args, before, after) => {
        checkOwnership(args, before, after, oracle.wrong);
        if (isTold) oracle.containment.look(servers);
        calm?.look(world.now, servers);
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
  const each = Array.from({ length: calm === undefined || count > 1 ? 2 : 4 });
  const programs = nodes.flatMap((node) => each.map(() => new Program(node, nodes, weather, oracle, calm)));
  const closed = new Set<Node>();
  plan({ weather, oracle, nodes, servers, links, closed }, healed);
  world.at(healed, () => {
    weather.healed = true;
    for (const link of links) link.deafUntil = 0;
    for (const server of servers) server.refusesUntil = 0;
  });

  let running = programs.length;
  for (const program of programs) {
    void program
      .run(calls + Math.floor(random() * calls), LEAST_EVENTS, calm === undefined ? 0 : span.until)
      .then(
        () => running--,
        (error: unknown) => oracle.wrong(`a program failed: ${String(error)}`),
      );
  }
  const live = (): Node[] => nodes.filter(({ process }) => process.alive);
  const isOver = (): boolean =>
    world.now > healed && running <= programs.filter((one) => !one.node.process.alive).length;
  while (!isOver() && world.now < ENDED) await world.run(world.now + 100, isOver);
  if (!isOver()) oracle.wrong('L1: some calls never settle');

  const steady = live().filter((node) => !closed.has(node));
  // On several servers nobody knows who has waited longest.
  const unfair = calm?.fairness.look(KEYS[0], count === 1 ? steady.map(({ process }) => process.id) : []);
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
    calls: programs.reduce((sum, program) => sum + program.calls, 0),
    time: world.now,
    faults: weather.counts,
    outcomes: oracle.outcomes,
    ...(calm && {
      liveness: { gaps: calm.promptness.gaps, longest: calm.promptness.longest, unfair: unfair ?? 1 },
    }),
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
