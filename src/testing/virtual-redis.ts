import type { Adapter } from '../adapters/adapter.js';
import { memory } from '../adapters/memory/memory.js';
import { count, show } from '../checks.js';
import { readKey, toRedisKey } from '../keys.js';
import { DEFAULTS } from '../options.js';

/** What goes wrong with one step on its way: the request or the reply never arrives, or the server answers an error. */
type Fault = 'request' | 'reply' | Error;

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
  readonly #faults: Fault[] = [];
  #up = true;

  /** @param now - epoch ms */
  constructor(now: () => number) {
    this.#backend = memory({ now });
  }

  static {
    connect = (redis, prefix) => redis.#connect(prefix);
  }

  #connect(prefix: string): Adapter {
    this.#prefixes.add(prefix);
    const { keyspace } = this.#backend;
    return {
      joins: true,
      run: (script, keys, args) => this.#carry(() => this.#backend.run(script, keys, args)),
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
   * @throws {TypeError | RangeError} naming argument, rule and value
   */
  lose(what: 'request' | 'reply', times = 1): void {
    if (!['request', 'reply'].includes(what)) {
      throw new TypeError(`lose: what must be 'request' or 'reply', not ${show(what)}`);
    }
    this.#next(what, count('lose: times', times));
  }

  /**
   * Answers the next steps with an error and does nothing of them. Errors that pass (`LOADING`, `OOM …`) are tried again
   * within the caller's timeout; others (`NOPERM …`) fail at once with LOCK_BACKEND.
   *
   * @param error - as Redis words it, beginning with its code
   * @param times - as with {@link VirtualRedis.lose}
   * @throws {TypeError | RangeError} naming argument, rule and value
   */
  refuse(error: string, times = 1): void {
    if (typeof error !== 'string' || !/^[A-Z]+(?: |$)/.test(error)) {
      throw new TypeError(`refuse: error must begin with a code such as NOPERM, not be ${show(error)}`);
    }
    this.#next(new Error(error), count('refuse: times', times));
  }

  /**
   * Somebody else has the lock from now on, without end. A holder loses it (`taken`) at its next extension; others wait, and
   * get LOCK_TIMEOUT. {@link VirtualRedis.expire} ends it.
   *
   * @throws {LockKeyError} not a key
   */
  steal(key: string | number | bigint): void {
    for (const at of this.#places('steal', key)) this.#backend.keyspace.set(at, 'somebody else');
  }

  /**
   * The lock's key is gone, as after its ttl or an operator's DEL. A holder loses it (`taken`) at its next extension, and
   * works beside the next holder until then.
   *
   * @throws {LockKeyError} not a key
   */
  expire(key: string | number | bigint): void {
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
  holder(key: string | number | bigint): string | undefined {
    const [value] = this.#places('holder', key).flatMap((at) => this.#backend.keyspace.get(at) ?? []);
    // `token since who`: the token stays here.
    return value === undefined ? undefined : (/^\S+ \d+ (.*)$/s.exec(value)?.[1] ?? 'somebody else');
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

  #next(fault: Fault, times: number): void {
    for (let n = 0; n < times; n++) this.#faults.push(fault);
  }

  async #carry(step: () => Promise<unknown>): Promise<unknown> {
    await Promise.resolve();
    if (!this.#up) throw refused();
    const fault = this.#faults.shift();
    if (fault instanceof Error) throw fault;
    if (fault === 'request') return new Promise(() => undefined);
    const reply = await step();
    return fault === 'reply' ? new Promise(() => undefined) : reply;
  }
}

function refused(): Error {
  return Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
}
