/** Somebody who waits for a key. */
export interface Waiting {
  readonly key: string;
  /** Virtual ms: when its call began. */
  readonly since: number;
}

/** L2: a lock that is free, and for which somebody waits, is granted soon. */
export class Promptness {
  /** The longest that a key was free while somebody waited, in virtual ms. */
  longest = 0;
  /** How many times one was. */
  gaps = 0;
  readonly #waiting = new Set<Waiting>();
  readonly #freeSince = new Map<string, number>();

  /** @param most - so long may a key be free while somebody waits, in virtual ms */
  constructor(
    readonly most: number,
    readonly wrong: (what: string) => void,
  ) {}

  /** @returns to be called when it waits no more */
  wait(waiting: Waiting): () => void {
    this.#waiting.add(waiting);
    return () => void this.#waiting.delete(waiting);
  }

  /**
   * Looks at the end of what has been as it was since the last look.
   *
   * @param taken - the keys that somebody has now
   */
  look(now: number, keys: readonly string[], taken: ReadonlySet<string>): void {
    for (const key of keys) {
      const since = this.#freeSince.get(key);
      if (since !== undefined) this.#measure(now, key, since);
      if (taken.has(key)) this.#freeSince.delete(key);
      else if (since === undefined) this.#freeSince.set(key, now);
    }
  }

  #measure(now: number, key: string, free: number): void {
    const waits = [...this.#waiting].filter((one) => one.key === key).map(({ since }) => since);
    if (waits.length === 0) return;
    const gap = now - Math.max(free, Math.min(...waits));
    this.gaps++;
    this.longest = Math.max(this.longest, gap);
    if (gap > this.most) this.wrong(`L2: ${key} has been free for ${gap.toFixed(1)} ms while somebody waits`);
  }
}
