import { byKey, type Claim, push } from './claims.js';
import type { Event } from './history.js';

/** In the server, a lock was the property of one token: from one moment to another, in ms. */
export interface Ownership {
  readonly key: string;
  readonly token: string;
  readonly from: number;
  /** Until when it was given at first. */
  readonly given: number;
  /** Whether it was given to a call of its token, and not passed on by another one. */
  readonly taken: boolean;
  to: number;
  /** When an operator or the loss of data took it away: `to` is then when its lease would have been over. */
  robbed?: number;
}

/** How far the clocks of the server and of this history may be apart, in ms: they were compared by the recorder. */
export const CLOCKS = 1;

/** The server counts whole ms: what is over by our reckoning may last for so long there, and be extended. */
export const WHOLE = 2;

type Fenced = Event & { type: 'fence' };

/** What the server knew, read from what was recorded there. */
export class Truth {
  readonly #owned = new Map<string, Ownership[]>();
  readonly #ofToken = new Map<string, Ownership[]>();
  readonly #fenced: Map<string, Fenced[]>;
  /** Whether anything was recorded. */
  readonly recorded: boolean;

  constructor(events: readonly Event[]) {
    for (const event of events) if (event.type === 'own' || event.type === 'disown') this.#add(event);
    this.#fenced = byKey(events.filter((event) => event.type === 'fence'));
    for (const group of this.#fenced.values()) group.sort((a, b) => a.last - b.last);
    this.recorded = this.#owned.size > 0;
  }

  /** All times of a key, in their order. */
  of(key: string): readonly Ownership[] {
    return this.#owned.get(key) ?? [];
  }

  /** The times of the token that the server gave this claim's fencing token with. */
  ownershipsOf({ key, fence }: { readonly key: string; readonly fence: number }): readonly Ownership[] {
    return this.#ofToken.get(`${key} ${this.#tokenOf(key, fence)}`) ?? [];
  }

  /** The last of these times that had begun when the claim did: a token may have a lock again that was taken away. */
  ownershipOf(claim: Pick<Claim, 'key' | 'fence' | 'from'>): Ownership | undefined {
    return this.ownershipsOf(claim)
      .filter(({ from }) => from <= claim.from + CLOCKS)
      .at(-1);
  }

  /** When the lock of a claim was over in the server, also when its token had got it back meanwhile; undefined when nothing is known of it. */
  endOf(claim: Claim): number | undefined {
    let end = this.ownershipOf(claim)?.to;
    if (end === undefined) return undefined;
    for (const { from, to } of this.ownershipsOf(claim)) if (from <= end) end = Math.max(end, to);
    return end;
  }

  /**
   * Whether a claim may still have lasted then because its lock had been taken away, which a holder learns of with the next
   * extension: for as long as the lease that it had would have lasted.
   */
  excuses(claim: Claim, at: number): boolean {
    return this.ownershipsOf(claim).some(
      ({ robbed, to }) => robbed !== undefined && robbed <= at && at <= to + CLOCKS,
    );
  }

  #add(event: Event & { type: 'own' | 'disown' }): void {
    const { key, at } = event;
    const last = this.of(key).at(-1);
    const current = last !== undefined && last.to > at && last.robbed === undefined ? last : undefined;
    if (event.type === 'own' && current?.token === event.token) {
      current.to = event.until;
      return;
    }
    if (current !== undefined) {
      if (event.by === 'operator') current.robbed = at;
      else current.to = at;
    }
    if (event.type !== 'own') return;
    const { token, until, by } = event;
    const owned: Ownership = { key, token, from: at, given: until, taken: by.includes(token), to: until };
    push(this.#owned, key, owned);
    push(this.#ofToken, `${key} ${token}`, owned);
  }

  #tokenOf(key: string, fence: number): string | undefined {
    const group = this.#fenced.get(key) ?? [];
    let [low, high] = [0, group.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (group[middle]!.last < fence) low = middle + 1;
      else high = middle;
    }
    const found = group[low];
    return found !== undefined && found.after < fence ? found.token : undefined;
  }
}
