import type { Adapter } from '../adapters/adapter.js';
import { memory } from '../adapters/memory/memory.js';
import { count, duration, show } from '../checks.js';
import { readKey, toRedisKey } from '../keys.js';
import { DEFAULTS } from '../options.js';
import { type Fault, Faults, half } from './faults.js';

type Key = string | number | bigint;

/**
 * A connection for one program. Beside the class and not in it: tests have no use for it.
 *
 * @param prefix - of its locker
 */
export let connect: (redis: VirtualRedis, prefix: string) => Adapter;

/** The Redis of a virtual world: it lies in memory, and has the misfortunes that a test wants. */
export class VirtualRedis {
  readonly #backend;
  /** Also before a locker is made: most have this one. */
  readonly #prefixes = new Set<string>([DEFAULTS.prefix]);
  readonly #faults = new Faults();
  readonly #later: (ms: number) => Promise<void>;
  #up = true;

  /**
   * @param now - epoch ms
   * @param later - resolves after so many ms
   */
  constructor(now: () => number, later: (ms: number) => Promise<void>) {
    this.#backend = memory({ now });
    this.#later = later;
  }

  static {
    connect = (redis, prefix) => redis.#connect(prefix);
  }

  #connect(prefix: string): Adapter {
    this.#prefixes.add(prefix);
    const { keyspace } = this.#backend;
    /** What is late on this connection, by the lock that it is for. */
    const late = new Map<string, Promise<unknown>>();
    return {
      joins: true,
      run: (script, keys, args) => {
        const step = (): Promise<unknown> => this.#backend.run(script, keys, args);
        // It asks for the server's settings, and is no step for a lock.
        if (script.name === 'server-memory') return this.#whileUp(step);
        return this.#carry(script.name === 'mutex-steps', keys, late, step);
      },
      subscribe: async (channel, listener) => {
        await Promise.resolve();
        if (!this.#up) throw refused();
        const stop = keyspace.subscribe(channel, (message) => {
          if (this.#up) listener(message);
        });
        return () => {
          stop();
          return Promise.resolve();
        };
      },
    };
  }

  /**
   * Redis can not be reached until {@link VirtualRedis.up}: calls fail with LOCK_BACKEND (`ECONNREFUSED`) when their
   * timeout has passed, and who holds a lock loses it when its lease is over (`expired`). What lies in Redis stays, and
   * expires; messages meanwhile are lost.
   */
  down(): void {
    this.#up = false;
  }

  /** Ends {@link VirtualRedis.down}. Who still waits is served at its next try. */
  up(): void {
    this.#up = true;
  }

  /**
   * Loses requests or replies. Who sent them hears nothing, and asks again when it has waited long enough. A lost request
   * has changed nothing in Redis; a step whose reply is lost was done.
   *
   * @param what - which half of the way fails
   * @param times - how many of the next steps, of all programs: steps taken in one turn of the event loop are one
   * @param key - only steps for this lock; default: for any
   * @throws {TypeError | RangeError} naming argument, rule and value
   * @throws {LockKeyError} not a key
   */
  lose(what: 'request' | 'reply', times = 1, key?: Key): void {
    this.#faults.add(half('lose', what), Infinity, count('lose: times', times), this.#lock('lose', key));
  }

  /**
   * Lets requests or replies be late. A late request is done when it arrives; a late reply tells what was done before. Later
   * steps of the same program for the same lock wait behind it.
   *
   * @param what - which half of the way is slow
   * @param ms - by how much, in virtual ms
   * @param times - as with {@link VirtualRedis.lose}
   * @param key - only steps for this lock; default: for any
   * @throws {TypeError | RangeError} naming argument, rule and value
   * @throws {LockKeyError} not a key
   */
  delay(what: 'request' | 'reply', ms: number, times = 1, key?: Key): void {
    const by = duration('delay: ms', ms, { min: 0 });
    this.#faults.add(half('delay', what), by, count('delay: times', times), this.#lock('delay', key));
  }

  /**
   * Answers the next steps with an error and does nothing of them. Errors that pass (`LOADING`, `OOM …`) are tried again
   * within the caller's timeout; others (`NOPERM …`) fail at once with LOCK_BACKEND.
   *
   * @param error - as Redis words it, beginning with its code
   * @param times - as with {@link VirtualRedis.lose}
   * @param key - only steps for this lock; default: for any
   * @throws {TypeError | RangeError} naming argument, rule and value
   * @throws {LockKeyError} not a key
   */
  refuse(error: string, times = 1, key?: Key): void {
    if (typeof error !== 'string' || !/^[A-Z]+(?: |$)/.test(error)) {
      throw new TypeError(`refuse: error must begin with a code such as NOPERM, not be ${show(error)}`);
    }
    this.#faults.add(new Error(error), 0, count('refuse: times', times), this.#lock('refuse', key));
  }

  /**
   * Somebody else has the lock from now on, without end. A holder loses it (`taken`) at its next extension; others wait, and
   * get LOCK_TIMEOUT. {@link VirtualRedis.expire} ends it.
   *
   * @throws {LockKeyError} not a key
   */
  steal(key: Key): void {
    for (const at of this.#places('steal', key)) this.#backend.keyspace.set(at, 'somebody else');
  }

  /**
   * The lock's key is gone, as after its ttl or an operator's DEL. A holder loses it (`taken`) at its next extension, and
   * works beside the next holder until then.
   *
   * @throws {LockKeyError} not a key
   */
  expire(key: Key): void {
    for (const at of this.#places('expire', key)) this.#backend.keyspace.delete(at);
  }

  /** Everything is gone at once, as after FLUSHALL or a restart without data: all locks, who waits, and all fencing tokens. */
  flush(): void {
    const { keyspace } = this.#backend;
    for (const key of keyspace.keys()) keyspace.delete(key);
  }

  /**
   * Who has the lock according to Redis, for a test that asks whether it was given back.
   *
   * @returns `process name`, as in {@link LockTimeoutError.holder}; `somebody else` when latchkey did not write what is there;
   *   undefined when the lock is free
   * @throws {LockKeyError} not a key
   */
  holder(key: Key): string | undefined {
    const [value] = this.#places('holder', key).flatMap((at) => this.#backend.keyspace.get(at) ?? []);
    // `token fence since who`: the token stays here.
    return value === undefined ? undefined : (/^\S+ \d+ \d+ (.*)/s.exec(value)?.[1] ?? 'somebody else');
  }

  /** All Redis keys that are there: of locks and of those who wait, and for a day those of the last fencing tokens (`…:fence`). */
  keys(): string[] {
    return this.#backend.keyspace.keys();
  }

  /** Where the lock lies for each prefix that this world's lockers have had so far. */
  #places(method: string, key: unknown): string[] {
    const text = readKey(key, `${method}: the key is`);
    return [...this.#prefixes].map((prefix) => toRedisKey(prefix, text));
  }

  #lock(method: string, key: unknown): readonly string[] | undefined {
    return key === undefined ? undefined : this.#places(method, key);
  }

  /** @param isJoined - whether the steps may be for several locks */
  async #carry(
    isJoined: boolean,
    keys: readonly string[],
    late: Map<string, Promise<unknown>>,
    step: () => Promise<unknown>,
  ): Promise<unknown> {
    await Promise.resolve();
    if (!this.#up) throw refused();
    const fault = this.#faults.take(isJoined, keys);
    const before = keys.flatMap((key) => late.get(key) ?? []);
    if (before.length === 0 && (fault?.delay ?? 0) === 0) return this.#deliver(fault, step);
    const delivered = Promise.allSettled(before).then(() => this.#deliver(fault, step));
    // What is lost for good holds nobody up.
    if (fault?.delay === Infinity) return delivered;
    const over = delivered
      .catch(() => undefined)
      .then(() => {
        for (const key of keys) if (late.get(key) === over) late.delete(key);
      });
    for (const key of keys) late.set(key, over);
    return delivered;
  }

  async #deliver(fault: Fault | undefined, step: () => Promise<unknown>): Promise<unknown> {
    const { what, delay = 0 } = fault ?? {};
    if (what instanceof Error) throw what;
    if (what === 'request') await this.#pass(delay);
    const reply = await this.#whileUp(step);
    if (what === 'reply') await this.#pass(delay);
    return reply;
  }

  /** On the way for `ms`; the connection does not outlive the server. */
  async #pass(ms: number): Promise<void> {
    if (ms === Infinity) await new Promise(() => undefined);
    if (ms > 0) await this.#later(ms);
    if (!this.#up) throw refused();
  }

  async #whileUp(step: () => Promise<unknown>): Promise<unknown> {
    await Promise.resolve();
    if (!this.#up) throw refused();
    return step();
  }
}

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}
