import type { LossReason } from '../errors.js';
import type { ReleaseOutcome } from './claim.js';
import type { Lines } from './lines.js';
import { type Obstacle, tooSlow } from './obstacle.js';
import { Queue } from './queue.js';
import type { Grant, Inner } from './request.js';
import type { Waiter } from './waiter.js';

/**
 * The calls from inside a section for the lock that the section has: they go in one at a time, under its lease.
 *
 * They exclude each other as other callers would, and they end with the section.
 */
export class Nesting {
  readonly #lines: Lines;
  readonly #grant: Grant;
  readonly #onward: (waiter: Waiter) => void;
  readonly #waiters = new Queue<Waiter>();
  #busy = false;
  /** Who is inside, or was last. */
  #who: string | undefined;
  #inner: Inner | undefined;
  #over: LossReason | undefined;

  /**
   * @param grant - the section's own
   * @param onward - where to wait when the section is over
   */
  constructor(lines: Lines, grant: Grant, onward: (waiter: Waiter) => void) {
    this.#lines = lines;
    this.#grant = grant;
    this.#onward = onward;
  }

  /** Who works inside at the moment. */
  get inner(): Inner | undefined {
    return this.#inner;
  }

  /** Lets a caller in, now or when those before it have ended. */
  join(waiter: Waiter): void {
    const { end } = waiter.patience;
    // A locker that closes lets its holders finish, and what they need for it is theirs already.
    if (end !== undefined && (end.why !== 'closed' || this.#busy)) waiter.refuse(undefined, undefined);
    else if (!this.#busy) this.#admit(waiter);
    else if (waiter.request.timeout === 0) waiter.refuse(this.#obstacle, undefined);
    else if (this.#lines.admit(waiter)) this.#wait(waiter);
  }

  /** The section is over: who works inside has the lock no more, and who waits to do so waits elsewhere. */
  end(reason: LossReason): void {
    if (this.#over !== undefined) return;
    this.#over = reason;
    this.#inner?.lose(reason);
    for (let waiter = this.#take(); waiter !== undefined; waiter = this.#take()) this.#sendOn(waiter);
  }

  /** At most one works inside at a time. */
  #contain(inner: Inner): void {
    if (this.#over === undefined) this.#inner = inner;
    else inner.lose(this.#over);
  }

  get #obstacle(): Obstacle {
    return { is: 'holder', who: this.#who, since: undefined };
  }

  #wait(waiter: Waiter): void {
    const place = this.#waiters.push(waiter);
    waiter.onEnd = () => {
      this.#waiters.remove(place);
      waiter.refuse(this.#obstacle, undefined);
    };
    waiter.tell(this.#who);
  }

  #admit(waiter: Waiter): void {
    this.#busy = true;
    this.#who = waiter.who;
    if (this.#grant.lease.remaining >= waiter.request.minValidity) this.#serve(waiter);
    else void this.#serveExtended(waiter);
  }

  /** Too little is left of the lease for what the caller has in mind. */
  async #serveExtended(waiter: Waiter): Promise<void> {
    const { lease, extend } = this.#grant;
    const { ttl, minValidity, timeout } = waiter.request;
    let refused = false;
    const ended = new Promise<void>((resolve) => {
      waiter.onEnd = () => {
        refused = true;
        waiter.refuse(undefined, undefined);
        resolve();
      };
    });
    await Promise.race([extend(ttl), ended]);
    // To ask for the end is to bring it about, when the clock says so.
    const { end } = waiter.patience;
    const isRefused = (): boolean => refused;
    if (!isRefused() && this.#over !== undefined && end === undefined && timeout > 0) {
      this.#sendOn(waiter);
    } else if (!isRefused() && this.#over === undefined && lease.remaining >= minValidity) {
      this.#serve(waiter);
    } else {
      if (!isRefused()) {
        waiter.forsake();
        waiter.refuse(tooSlow(lease, ttl, minValidity), undefined);
      }
      void this.#next();
    }
  }

  #serve(waiter: Waiter): void {
    const { lease, fencingToken, extend } = this.#grant;
    waiter.grant({
      lease,
      fencingToken,
      extend,
      release: () => this.#next(),
      detach: undefined,
      contain: (inner) => this.#contain(inner),
    });
  }

  #next(): Promise<ReleaseOutcome> {
    this.#inner = undefined;
    const over = this.#over !== undefined;
    // Busy until the next one is known: whoever is told of those who leave may come at once.
    const next = over ? undefined : this.#take();
    if (next === undefined) this.#busy = false;
    else this.#admit(next);
    return Promise.resolve(over ? 'lost' : 'released');
  }

  /** Takes out the first whose patience has not ended; those before it leave. */
  #take(): Waiter | undefined {
    for (let place = this.#waiters.first; place !== undefined; place = this.#waiters.first) {
      // To ask for the end is to bring it about, when the clock says so.
      if (place.value.patience.end !== undefined) continue;
      this.#waiters.remove(place);
      return place.value;
    }
    return undefined;
  }

  /** From now on it is refused where it waits then, and not here as well. */
  #sendOn(waiter: Waiter): void {
    waiter.forsake();
    this.#onward(waiter);
  }
}
