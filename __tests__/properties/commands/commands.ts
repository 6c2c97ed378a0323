import * as fc from 'fast-check';

import type { Locker } from '../../../src/index.js';
import { testWorld } from '../../../src/testing/index.js';
import { type Call, type Holding, type Model, TTL } from './model.js';

const KEYS = ['a', '{b}'] as const;
const PROGRAMS = [0, 1, 2];
/** Between two looks at what has come of it. */
const LOOK = 500;

/** Three programs on one Redis, and the clock of their world. */
export class Play {
  readonly world = testWorld();
  readonly lockers: Locker[] = PROGRAMS.map(() => this.world.locker({ ttl: TTL, maxHold: Infinity }));
  readonly model: Model;

  constructor(model: Model) {
    this.model = model;
    model.now = this.world.now;
  }

  /** The program that has the lock according to Redis; something else for whoever is none. */
  truth(key: string): number | string | undefined {
    const holder = this.world.redis.holder(key);
    const program = /^test\/(\d+) /.exec(holder ?? '')?.[1];
    return program === undefined ? holder : Number(program) - 1;
  }

  async pass(ms: number): Promise<void> {
    for (let left = ms; left >= 0; left -= LOOK) {
      await this.world.pass(Math.min(left, LOOK));
      this.model.now = this.world.now;
      this.model.check(KEYS, (key) => this.truth(key));
      if (left <= LOOK) return;
    }
  }

  ask(program: number, key: string, timeout: number, extend: boolean): Call {
    const abort = new AbortController();
    const call: Call = { program, key, since: this.world.now, timeout, extend, abort, settled: undefined };
    this.model.calls.push(call);
    const settle = (settled: Partial<NonNullable<Call['settled']>>) => {
      this.model.settle(call, { at: this.world.now, truth: this.truth(key), ...settled });
    };
    void this.lockers[program]!.acquire(key, { timeout, extend, signal: abort.signal })
      .then(
        (lock) => settle({ lock }),
        (error: unknown) => settle({ error }),
      )
      .catch((error: unknown) => (this.failure ??= error));
    return call;
  }

  /** What was wrong with an answer that came between two commands. */
  failure: unknown;

  /** Nothing is left when all have closed. */
  async end(): Promise<void> {
    const closed = Promise.all(this.lockers.map((locker) => locker.close({ grace: 0 })));
    for (const program of PROGRAMS) this.model.closed.add(program);
    for (const one of this.model.holdings) one.over = true;
    await this.world.pass(0);
    await closed;
    if (this.failure !== undefined) throw this.failure as Error;
    expect(this.model.calls.filter(({ settled }) => settled === undefined)).toEqual([]);
    expect(this.model.holdings.filter(({ lock }) => lock.held)).toEqual([]);
    for (const key of KEYS) if (this.truth(key) === 'somebody else') this.world.redis.expire(key);
    expect(this.world.redis.keys().filter((key) => !key.endsWith(':fence'))).toEqual([]);
    await this.world.pass(86_400_001);
    expect(this.world.redis.keys()).toEqual([]);
  }
}

type Command = fc.AsyncCommand<Model, Play>;

/** Does something, lets what it sets off happen, and looks. */
function command(
  name: string,
  run: (model: Model, play: Play) => Promise<void>,
  check?: (model: Model) => boolean,
): Command {
  return {
    check: check ?? (() => true),
    toString: () => name,
    async run(model, play) {
      await run(model, play);
      await play.pass(0);
      if (play.failure !== undefined) throw play.failure as Error;
    },
  };
}

const program = fc.constantFrom(...PROGRAMS);
const key = fc.constantFrom(...KEYS);
const index = fc.nat(7);
const at = <Item>(items: readonly Item[], number: number): Item | undefined =>
  items[number % Math.max(1, items.length)];
const isOpen = (program: number) => (model: Model) => !model.closed.has(program);
const livingCall = (model: Model, n: number) =>
  at(
    model.calls.filter(({ settled }) => settled === undefined),
    n,
  );

const acquire = fc
  .tuple(program, key, fc.constantFrom(300, 2_000, 20_000), fc.boolean())
  .map(([by, of, timeout, extend]) =>
    command(
      `acquire ${by} ${of} ${timeout} ${String(extend)}`,
      async (_model, play) => void play.ask(by, of, timeout, extend),
    ),
  );

const tryAcquire = fc.tuple(program, key).map(([by, of]) =>
  command(
    `try ${by} ${of}`,
    async (model, play) => {
      const expected = model.expected(by, of, play.truth(of));
      const { settled } = await settledAtOnce(play, play.ask(by, of, 0, true));
      if (expected !== undefined) expect([by, of, settled?.lock !== undefined]).toEqual([by, of, expected]);
    },
    isOpen(by),
  ),
);

async function settledAtOnce(play: Play, call: Call): Promise<Call> {
  await play.world.pass(0);
  if (call.settled === undefined) throw new Error(`a try of ${call.key} was not answered at once`);
  return call;
}

const abort = index.map((n) =>
  command(
    `abort ${n}`,
    async (model, play) => {
      const call = livingCall(model, n)!;
      call.abort.abort(new Error('called off'));
      expect((await settledAtOnce(play, call)).settled?.error).toBe(call.abort.signal.reason);
    },
    (model) => livingCall(model, n) !== undefined,
  ),
);

const held = (model: Model, n: number): Holding | undefined =>
  at(
    model.holdings.filter(({ over }) => !over),
    n,
  );
const aHeldOne = (n: number) => (model: Model) => held(model, n) !== undefined;

const release = index.map((n) =>
  command(
    `release ${n}`,
    async (model) => {
      const one = held(model, n)!;
      // Handed on inside its program before anybody has noticed the theft, it counts as released.
      const isHandedOn = one.robbedAt !== undefined && model.pending(one.key, one.program).length > 0;
      const wanted = one.lock.held && (one.robbedAt === undefined || isHandedOn) ? 'released' : 'lost';
      one.over = true;
      const outcome = await one.lock.release();
      expect([outcome, await one.lock.release(), one.lock.held]).toEqual([
        isHandedOn ? outcome : wanted,
        outcome,
        false,
      ]);
    },
    aHeldOne(n),
  ),
);

const extend = fc.tuple(index, fc.constantFrom(100, TTL, 2 * TTL)).map(([n, ttl]) =>
  command(
    `extend ${n} ${ttl}`,
    async (model, play) => {
      const one = held(model, n)!;
      const wanted = one.lock.held && one.robbedAt === undefined ? 'extended' : 'lost';
      expect(await one.lock.extend(ttl)).toBe(wanted);
      expect(one.lock.held).toBe(wanted === 'extended');
      one.atLeast = Math.max(one.atLeast, play.world.now + ttl / 2);
      one.atMost = Math.max(one.atMost, play.world.now + ttl);
    },
    aHeldOne(n),
  ),
);

const pass = fc
  .constantFrom(1, 300, 1_000, 2_100, 4_000, 7_000)
  .map((ms) => command(`pass ${ms}`, (_model, play) => play.pass(ms)));

const rob = fc.tuple(fc.constantFrom('expire', 'steal'), key).map(([how, of]) =>
  command(`${how} ${of}`, async (model, play) => {
    model.robbed(of);
    play.world.redis[how](of);
  }),
);

const flush = fc.constant(
  command('flush', async (model, play) => {
    for (const of of KEYS) model.robbed(of);
    play.world.redis.flush();
    // By the clock alone fencing tokens rise then, and the clock has to go on for that.
    await play.world.pass(1);
  }),
);

const close = program.map((by) =>
  command(
    `close ${by}`,
    async (model, play) => {
      model.closed.add(by);
      const closed = play.lockers[by]!.close({ grace: 0 });
      await play.world.pass(0);
      await closed;
      for (const one of model.holdings.filter((each) => each.program === by && !each.over)) {
        expect([one.lock.held, (one.lock.signal.reason as { code?: string }).code]).toEqual([
          false,
          'LOCK_LOST',
        ]);
        one.over = true;
      }
      expect(KEYS.filter((of) => play.truth(of) === by)).toEqual([]);
    },
    isOpen(by),
  ),
);

/** What is done to locks, in about the proportions in which something comes of it. */
export const commands = fc.commands(
  [
    acquire,
    acquire,
    acquire,
    tryAcquire,
    tryAcquire,
    abort,
    release,
    release,
    release,
    extend,
    pass,
    pass,
    rob,
    flush,
    close,
  ],
  { maxCommands: 40, size: 'max' },
);
