/** The part of a Redis server that locks need: strings that expire, and messages. In one process, without a timer. */
export class Keyspace {
  /** Each key's value and when it expires, in ms on `now`; Infinity without an expiry. Those untouched longest are first. */
  readonly #entries = new Map<string, { value: string; expiresAt: number }>();
  /** Each channel's listeners. */
  readonly #listeners = new Map<string, Set<(message: string) => void>>();
  readonly #now: () => number;

  /** @param now - ms on a clock that does not go back */
  constructor(now: () => number) {
    this.#now = now;
  }

  /** GET: the value; null when there is none. */
  get(key: string): string | null {
    return this.#live(key)?.value ?? null;
  }

  /**
   * SET, with PX and NX.
   *
   * @param ttl - in ms; Infinity: no expiry
   * @returns false when `ifAbsent` and the key is there
   */
  set(key: string, value: string, ttl = Infinity, ifAbsent = false): boolean {
    if (ifAbsent && this.#live(key) !== undefined) return false;
    this.#sweep();
    this.#entries.set(key, { value, expiresAt: this.#now() + ttl });
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

  #live(key: string): { value: string; expiresAt: number } | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.expiresAt > this.#now()) return entry;
    this.#entries.delete(key);
    return undefined;
  }

  /** Looks at two keys whenever one is written: those that nobody asks for again go as fast as new ones come. */
  #sweep(): void {
    for (let looked = 0; looked < 2; looked++) {
      const oldest = this.#entries.entries().next().value;
      if (oldest === undefined) return;
      const [key, entry] = oldest;
      this.#entries.delete(key);
      if (entry.expiresAt > this.#now()) this.#entries.set(key, entry);
    }
  }
}
