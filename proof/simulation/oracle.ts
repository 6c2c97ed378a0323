import type { Lock } from '../../src/index.js';
import { Bodies } from './checks/bodies.js';
import { Asking } from './asking.js';
import { type Claimed, Containment } from './checks/containment.js';
import { Exclusion, type Holding } from './checks/exclusion.js';
import { Fences, Resource } from './checks/fences.js';
import { Finality } from './checks/finality.js';
import { ownerOf, type SimulatedProcess, tokensOf } from './process.js';
import type { SimulatedServer } from './server.js';
import type { Trace } from './trace.js';
import type { World } from './world.js';

/** What a run of many schedules has to have seen, or it shows nothing. */
export const OUTCOMES = ['grant', 'loss', 'timeout', 'adopted', 'stale-refused'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** When it was asked for, in virtual ms: by the call that it was made for, and by anybody of its process without a break. */
export type Asked = Pick<Holding, 'since' | 'asked'>;

interface Grant extends Asked {
  readonly token: number;
}

/** How many fencing tokens a grant has. */
const SECTIONS = 11;

/** All checks of one schedule, and what came of its calls. */
export class Oracle {
  readonly violations: string[] = [];
  readonly outcomes = new Map<Outcome, number>();
  readonly wrong = (what: string): void => {
    this.violations.push(`${what} at ${this.world.now.toFixed(3)}`);
    this.trace.note(this.world.now, 'VIOLATION', 0, what);
  };
  readonly exclusion = new Exclusion(this.wrong);
  readonly containment = new Containment(this.wrong);
  readonly bodies = new Bodies(this.wrong);
  readonly asking = new Asking();
  readonly #fences = new Fences(this.wrong);
  readonly #finality = new Finality(this.wrong);
  readonly #resource = new Resource();

  #calls = 0;
  readonly #grants = new Map<string, Grant>();

  constructor(
    readonly world: World,
    readonly trace: Trace,
  ) {}

  /** Tells calls apart. */
  nextCall(): number {
    return ++this.#calls;
  }

  count(outcome: Outcome): void {
    this.outcomes.set(outcome, (this.outcomes.get(outcome) ?? 0) + 1);
  }

  /** The servers are about to forget something. */
  forgotten(servers: readonly SimulatedServer[]): void {
    const had = servers.flatMap((server) =>
      server.stored().map(({ key, token }) => ({ key: key.slice('lock:'.length), process: ownerOf(token) })),
    );
    this.exclusion.forgotten(this.world.now, had);
  }

  /** @returns how to leave */
  enter(lock: Lock, process: SimulatedProcess, called: Asked, ttl: number): () => void {
    const { world, exclusion } = this;
    if (!process.alive) return () => undefined;
    this.count('grant');
    this.trace.note(world.now, 'grant', process.id, lock.key);
    const origins = [...lock.fencingTokens].map(([key, token]) =>
      this.#origin(process.id, key, token, called),
    );
    const since = Math.min(...origins.map((origin) => origin.since));
    const asked = Math.min(...origins.map((origin) => origin.asked));
    this.#finality.watch(lock);
    this.#finality.look();
    const holdings = lock.keys.map((key): Holding => {
      return { key, process: process.id, since, asked, ttl, isValid: () => process.alive && lock.held };
    });
    this.#fences.granted(
      lock.fencingTokens,
      holdings.some((holding) => exclusion.isExcused(world.now, holding)),
    );
    for (const holding of holdings) exclusion.enter(world.now, holding);
    const claims = holdings.map((holding): Claimed => {
      return {
        key: holding.key,
        tokens: tokensOf(process.id),
        remaining: () => (process.alive ? lock.remaining / process.rate : 0),
        isExcused: () => exclusion.isExcused(world.now, holding),
      };
    });
    for (const claim of claims) this.containment.enter(claim);
    return () => {
      this.#finality.look();
      for (const holding of holdings) exclusion.leave(holding);
      for (const claim of claims) this.containment.leave(claim);
    };
  }

  /** When the grant was asked for that this is a section of: one grant serves several callers of a process. */
  #origin(process: number, key: string, token: number, called: Asked): Asked {
    const name = `${process} ${key}`;
    const last = this.#grants.get(name);
    if (last !== undefined && token > last.token && token < last.token + SECTIONS) return last;
    this.#grants.set(name, { token, ...called });
    return called;
  }

  /** The guarded work has an effect, at its end. */
  write(lock: Lock): void {
    if (!this.#resource.write(lock.fencingTokens)) this.count('stale-refused');
  }
}
