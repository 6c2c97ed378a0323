import { type Lock, type Locker, LockError, LockTimeoutError } from '../../src/index.js';
import type { Calm } from './calm.js';
import { checkSettling } from './checks/settling.js';
import type { Asked, Oracle } from './oracle.js';
import type { SimulatedProcess } from './process.js';
import type { Weather } from './weather.js';

export const TTL = 1_000;
export const COMMAND_TIMEOUT = 200;
const MIN_VALIDITY = TTL / 2;
const ADOPTION_TIMEOUT = 500;
export const KEYS = ['k', 'm'] as const;

/** One process of the schedule. */
export interface Node {
  readonly process: SimulatedProcess;
  readonly locker: Locker;
  /** How many commands one try may wait for: on several servers it is up to three rounds. */
  readonly rounds: number;
}

/** A part of a program that wants locks, one after the other. */
export class Program {
  calls = 0;

  constructor(
    readonly node: Node,
    readonly nodes: readonly Node[],
    readonly weather: Weather,
    readonly oracle: Oracle,
    readonly calm: Calm | undefined,
  ) {}

  /** Makes so many calls at least, and more until the schedule has so many events, and until `end`, in virtual ms. */
  async run(calls: number, events: number, end: number): Promise<void> {
    const { process } = this.node;
    const { world } = process;
    while (this.calls < calls || world.events < events || world.now < end) {
      await world.after(process.random() * 120, process);
      await this.#call();
    }
  }

  async #call(): Promise<void> {
    const { node, weather, oracle } = this;
    const { process, locker } = node;
    const { world } = process;
    const since = world.now;
    const paused = process.paused;
    const keys = weather.hits('list') ? [...KEYS] : [KEYS[world.random() < 0.8 ? 0 : 1]];
    const key = keys.length > 1 ? keys : keys[0]!;
    const tries = weather.hits('try');
    const timeout = tries ? 0 : Math.ceil(200 + world.random() * 2_800);
    const signal = weather.hits('abort') ? this.#abortSoon() : undefined;
    const extend = world.random() < 0.7;
    const options = { timeout, extend, signal };
    const what = `${world.random() < 0.5 ? 'withLock' : 'acquire'} ${String(key)}`;
    const end = oracle.asking.begin(since, process.id, keys);
    const waited = keys.length > 1 ? undefined : this.calm?.wait(since, process.id, keys[0]!);
    const settled = (granted: boolean): Asked => {
      waited?.(granted);
      const took = world.now - since;
      checkSettling(
        {
          what,
          took,
          timeout,
          rounds: node.rounds,
          commandTimeout: COMMAND_TIMEOUT,
          paused: process.paused - paused,
        },
        this.#wrong,
      );
      return { since, asked: end() };
    };
    this.calls++;
    const call = oracle.nextCall();
    let started = false;
    try {
      if (what.startsWith('withLock')) {
        await locker.withLock(
          key,
          async (lock) => {
            started = true;
            const called = settled(true);
            oracle.bodies.start(call, lock.remaining, MIN_VALIDITY);
            await this.#work(lock, called, false);
            oracle.bodies.end(call, lock.held);
          },
          options,
        );
        if (process.alive) oracle.bodies.succeed(call);
      } else {
        const lock = await locker.acquire(key, options);
        started = true;
        await this.#work(lock, settled(true), true);
      }
    } catch (error) {
      if (!started) settled(false);
      this.#checkError(error, signal);
      if (error instanceof LockTimeoutError) oracle.count('timeout');
      oracle.trace.note(world.now, 'ends', process.id, (error as Error).name);
    }
  }

  #abortSoon(): AbortSignal {
    const { process } = this.node;
    const abort = new AbortController();
    process.world.at(process.world.now + process.random() * 150, () => abort.abort(), process);
    return abort.signal;
  }

  /** @param ours - whether it is for us to release it */
  async #work(lock: Lock, called: Asked, ours: boolean): Promise<void> {
    const { weather, oracle } = this;
    const { process } = this.node;
    const { world } = process;
    lock.signal.addEventListener('abort', () => oracle.count('loss'));
    const leave = oracle.enter(lock, process, called, TTL);
    await world.after(weather.hits('slow-body') ? world.random() * 3 * TTL : world.random() * 40, process);
    if (weather.hits('extend')) await lock.extend();
    oracle.write(lock);
    if (ours && lock.keys.length === 1 && lock.held && weather.hits('adoption')) {
      await this.#handOver(lock, leave);
      return;
    }
    leave();
    if (!ours) return;
    const from = world.now;
    const paused = process.paused;
    await lock.release();
    const took = world.now - from - (process.paused - paused);
    if (took > COMMAND_TIMEOUT + 50) this.#wrong(`L1: a release took ${took.toFixed(1)} ms`);
  }

  async #handOver(lock: Lock, leave: () => void): Promise<void> {
    const { nodes, node } = this;
    const { world } = node.process;
    // What a majority has granted is on its way to the others, on connections that are not the heir's.
    await world.after(30, node.process);
    if (!lock.held) {
      leave();
      return;
    }
    const text = lock.serialize();
    leave();
    const heir = nodes[Math.floor(world.random() * nodes.length)]!;
    // Not waited for: who hands over has no more to do with it, and the heir may die.
    world.at(world.now, () => void this.#inherit(heir, text), heir.process);
  }

  /** A call may fail as it is documented to, and with what its caller has aborted it with. */
  #checkError(error: unknown, signal?: AbortSignal): void {
    if (error instanceof LockError || (signal?.aborted === true && error === signal.reason)) return;
    this.#wrong(`E1: a call failed with ${String(error)}`);
  }

  /** What a process that is dead would do, had it not died, counts for nothing. */
  readonly #wrong = (what: string): void => {
    if (this.node.process.alive) this.oracle.wrong(what);
  };

  async #inherit({ locker, process, rounds }: Node, text: string): Promise<void> {
    const { oracle } = this;
    const { world } = process;
    const since = world.now;
    const paused = process.paused;
    const adopting = locker.adopt(text, { timeout: ADOPTION_TIMEOUT });
    const adopted = await adopting.catch((error: unknown) => {
      if (process.alive) this.#checkError(error);
      return undefined;
    });
    const took = world.now - since;
    checkSettling(
      {
        what: 'adopt',
        took,
        timeout: ADOPTION_TIMEOUT,
        rounds,
        commandTimeout: COMMAND_TIMEOUT,
        paused: process.paused - paused,
      },
      (wrong) => process.alive && oracle.wrong(wrong),
    );
    if (adopted === undefined) return;
    oracle.count('adopted');
    const leave = oracle.enter(adopted, process, { since, asked: since }, TTL);
    await world.after(world.random() * 40, process);
    oracle.write(adopted);
    leave();
    await adopted.release();
  }
}
