/** S1: the valid leases of one key are disjoint. */
export interface Holding {
  readonly key: string;
  /** The process that has it. */
  readonly process: number;
  /** Virtual ms at which its call began. */
  readonly since: number;
  /** Virtual ms since which callers of its process have wanted the key without a break. */
  readonly asked: number;
  /** The longest ttl of the lock, in ms. */
  readonly ttl: number;
  /** Whether its holder takes it for its own, by its clocks, now. */
  readonly isValid: () => boolean;
}

interface Loss {
  readonly at: number;
  /** Whose locks were in the servers then. */
  readonly robbed: ReadonlySet<string>;
}

export class Exclusion {
  readonly #holdings = new Set<Holding>();
  readonly #losses: Loss[] = [];
  #aheadAt = -Infinity;

  constructor(readonly wrong: (what: string) => void) {}

  /**
   * The servers have forgotten something: leases from before may last for their ttl, beside newer ones.
   *
   * @param had - the locks that were there; who of its process gets one of these then may have asked for it later
   */
  forgotten(now: number, had: readonly Pick<Holding, 'key' | 'process'>[]): void {
    this.#losses.push({ at: now, robbed: new Set(had.map(nameOf)) });
  }

  /**
   * A server's clock was set ahead. What a process asked for before, and was granted by a message behind it, seems to have been
   * granted later by as much, to who stood still meanwhile: its lease is too long, and nobody can tell (docs/decisions.md). Who
   * gets it may have come later than that.
   */
  jumpedAhead(now: number): void {
    this.#aheadAt = now;
  }

  enter(now: number, holding: Holding): void {
    for (const other of this.#holdings) {
      if (other.key !== holding.key) continue;
      if (!other.isValid()) this.#holdings.delete(other);
      else if (![other, holding].some((one) => this.isExcused(now, one)))
        this.wrong(`S1: ${holding.key} was granted while a lease of it was valid`);
    }
    this.#holdings.add(holding);
  }

  leave(holding: Holding): void {
    this.#holdings.delete(holding);
  }

  /** Whether it may have been granted before a loss, and may still last; or longer than that, across a clock that was set ahead. */
  isExcused(now: number, holding: Omit<Holding, 'isValid'>): boolean {
    const { since, asked, ttl } = holding;
    if (asked <= this.#aheadAt) return true;
    return this.#losses.some(
      ({ at, robbed }) => (since <= at || robbed.has(nameOf(holding))) && now <= at + ttl,
    );
  }
}

const nameOf = ({ key, process }: Pick<Holding, 'key' | 'process'>): string => `${process} ${key}`;
