/** S1: the valid leases of one key are disjoint. */
export interface Holding {
  readonly key: string;
  /** Virtual ms at which its call began. */
  readonly since: number;
  /** The longest ttl of the lock, in ms. */
  readonly ttl: number;
  /** Whether its holder takes it for its own, by its clocks, now. */
  readonly isValid: () => boolean;
}

export class Exclusion {
  readonly #holdings = new Set<Holding>();
  readonly #losses: number[] = [];

  constructor(readonly wrong: (what: string) => void) {}

  /** The servers have forgotten something: leases from before may last for their ttl, beside newer ones. */
  forgotten(now: number): void {
    this.#losses.push(now);
  }

  enter(now: number, holding: Holding): void {
    for (const other of this.#holdings) {
      if (other.key !== holding.key) continue;
      if (!other.isValid()) this.#holdings.delete(other);
      else if (!this.isExcused(now, Math.min(other.since, holding.since), other.ttl))
        this.wrong(`S1: ${holding.key} was granted while a lease of it was valid`);
    }
    this.#holdings.add(holding);
  }

  leave(holding: Holding): void {
    this.#holdings.delete(holding);
  }

  /** Whether what was asked for at `since` may have been granted before a loss, and may still last. */
  isExcused(now: number, since: number, ttl: number): boolean {
    return this.#losses.some((at) => since <= at && now <= at + ttl);
  }
}
