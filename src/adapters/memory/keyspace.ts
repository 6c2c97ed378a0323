interface Entry {
  readonly value: string | Map<string, string>;
  /** In ms on `now`; Infinity without an expiry. */
  expiresAt: number;
}

/** The part of a Redis server that locks need: keys that expire, and messages. In one process, without a timer. */
export class Keyspace {
  /** What is at each key. */
  readonly #entries = new Map<string, Entry>();
  /** Goes round all of them for {@link Keyspace.#sweep}. A walk from the first one would pass all that were deleted there. */
  #round = this.#entries.entries();
  /** Each channel's listeners. */
  readonly #listeners = new Map<string, Set<(message: string) => void>>();
  readonly #now: () => number;

  /** @param now - epoch ms on a clock that does not go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** TIME: µs since the epoch. */
  time(): number {
    return Math.floor(this.#now() * 1_000);
  }

  /** GET: the value; null when there is none. */
  get(key: string): string | null {
    const value = this.#live(key)?.value ?? null;
    if (value instanceof Map) throw wrongType();
    return value;
  }

  /** HGETALL: the fields of a hash, in the order in which they came; none when it is not there. */
  fields(key: string): ReadonlyMap<string, string> {
    return this.#hash(key) ?? new Map<string, string>();
  }

  /** HSET. */
  setField(key: string, field: string, value: string): void {
    const hash = this.#hash(key);
    if (hash === undefined) this.#put(key, new Map([[field, value]]), Infinity);
    else hash.set(field, value);
  }

  /** HDEL: a hash without fields is not there any more. */
  deleteField(key: string, field: string): void {
    const hash = this.#hash(key);
    if (hash?.delete(field) === true && hash.size === 0) this.delete(key);
  }

  /**
   * SET, with PX and NX.
   *
   * @param ttl - in ms; Infinity: no expiry
   * @returns false when `ifAbsent` and the key is there
   */
  set(key: string, value: string, ttl = Infinity, ifAbsent = false): boolean {
    if (ifAbsent && this.#live(key) !== undefined) return false;
    this.#put(key, value, ttl);
    return true;
  }

  /** DEL: whether the key was there. */
  delete(key: string): boolean {
    return this.#live(key) !== undefined && this.#entries.delete(key);
  }

  /** PEXPIRE: whether the key was there. */
  expire(key: string, ttl: number): boolean {
    const entry = this.#live(key);
    if (entry === undefined) return false;
    entry.expiresAt = this.#now() + ttl;
    return true;
  }

  /** PTTL: ms left; -1 without an expiry, -2 when the key is not there. */
  ttl(key: string): number {
    const entry = this.#live(key);
    if (entry === undefined) return -2;
    return entry.expiresAt === Infinity ? -1 : Math.ceil(entry.expiresAt - this.#now());
  }

  /** All keys that are there, in no particular order. */
  keys(): string[] {
    return [...this.#entries.keys()].filter((key) => this.#live(key) !== undefined);
  }

  /** PUBLISH: how many listeners will hear it, each in a turn of its own. */
  publish(channel: string, message: string): number {
    const listeners = this.#listeners.get(channel) ?? new Set();
    for (const listener of listeners) {
      queueMicrotask(() => {
        if (listeners.has(listener)) listener(message);
      });
    }
    return listeners.size;
  }

  /** SUBSCRIBE: returns how to stop. */
  subscribe(channel: string, listener: (message: string) => void): () => void {
    const listeners = this.#listeners.get(channel) ?? new Set();
    this.#listeners.set(channel, listeners);
    const own = (message: string): void => listener(message);
    listeners.add(own);
    return () => {
      listeners.delete(own);
      if (listeners.size === 0 && this.#listeners.get(channel) === listeners) this.#listeners.delete(channel);
    };
  }

  #hash(key: string): Map<string, string> | undefined {
    const value = this.#live(key)?.value;
    if (typeof value === 'string') throw wrongType();
    return value;
  }

  #put(key: string, value: Entry['value'], ttl: number): void {
    this.#sweep();
    this.#entries.set(key, { value, expiresAt: this.#now() + ttl });
  }

  #live(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.#now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** Looks at two keys whenever one is written: those that nobody asks for again go as fast as new ones come. */
  #sweep(): void {
    for (let looked = 0; looked < 2; looked++) {
      const { value } = this.#round.next();
      if (value === undefined) this.#round = this.#entries.entries();
      else if (value[1].expiresAt <= this.#now()) this.#entries.delete(value[0]);
    }
  }
}

function wrongType(): Error {
  return new Error('WRONGTYPE Operation against a key holding the wrong kind of value');
}
