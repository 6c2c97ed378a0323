import type { LockKeys } from '../kinds/kind.js';
import type { LockSite, ReleaseOutcome } from './claim.js';
import { type Contended, Contender } from './contender.js';
import type { Engine } from './engine.js';
import type { Lease } from './lease.js';
import type { Obstacle } from './obstacle.js';
import { type Place, Queue } from './queue.js';
import type { Tenancy } from './tenancy.js';
import type { Waiter } from './waiter.js';

/**
 * All callers of this process that want one lock, first come first served.
 *
 * While one of them has it, the others wait for its release and ask Redis nothing. While none has it, one contender asks
 * for all of them.
 */
export class Line implements Contended {
  readonly keys: LockKeys;
  readonly #engine: Engine;
  readonly #onEmpty: () => void;
  readonly #waiters = new Queue<Waiter>();
  #contender: Contender | undefined;
  #tenancy: Tenancy | undefined;
  #occupant: object | undefined;
  /** Who has the tenancy, and since when. */
  #served: Holder = { is: 'holder', who: '', since: 0 };

  /** @param onEmpty - called when nobody wants or has the lock any more */
  constructor(engine: Engine, keys: LockKeys, onEmpty: () => void) {
    this.#engine = engine;
    this.keys = keys;
    this.#onEmpty = onEmpty;
  }

  /** Who of this process certainly has the lock; undefined when nobody has. */
  get holder(): Holder | undefined {
    return this.#tenancy !== undefined && this.#tenancy.lease.remaining > 0 ? this.#served : undefined;
  }

  get head(): Contended['head'] {
    const place = this.#firstPlace();
    if (place === undefined) return undefined;
    const { request, patience } = place.value;
    return { request, remaining: patience.remaining };
  }

  join(waiter: Waiter): void {
    // Its end has been told to whoever had it before.
    if (waiter.patience.end !== undefined) {
      waiter.refuse(undefined, undefined);
      if (this.#tenancy === undefined && this.#contender === undefined) this.#onEmpty();
      return;
    }
    const ahead = this.#waiters.first;
    const place = this.#waiters.push(waiter);
    waiter.onEnd = () => this.#leave(place);
    if (this.#tenancy !== undefined) {
      waiter.tell(this.#served.who);
    } else if (this.#contender === undefined) {
      this.#contend();
    } else if (ahead !== undefined) {
      const { obstacle } = this.#contender;
      waiter.tell(obstacle?.is === 'holder' ? obstacle.who : ahead.value.who);
    }
  }

  /** Takes note of the section that works under `lease`. @returns false when that is not this line's */
  occupy(lease: Lease, section: object): boolean {
    if (this.#tenancy?.lease !== lease) return false;
    this.#occupant = section;
    return true;
  }

  /** The section that has the lock, as far as it has told. */
  get occupant(): object | undefined {
    return this.#tenancy === undefined ? undefined : this.#occupant;
  }

  onGrant(tenancy: Tenancy): void {
    this.#contender = undefined;
    this.#tenancy = tenancy;
    tenancy.lease.onEnd(() => this.#goOn(tenancy));
    this.#serve(tenancy);
  }

  onBusy(holder: string | undefined): void {
    this.#waiters.first?.value.tell(holder);
  }

  onRefused(obstacle: Obstacle): void {
    const unknownUntil = this.#contender?.stop();
    this.#contender = undefined;
    const refused: Waiter[] = [];
    for (let place = this.#waiters.first; place !== undefined; place = this.#waiters.first) {
      this.#waiters.remove(place);
      place.value.forsake();
      refused.push(place.value);
    }
    // Only now: whoever hears of it may come again, and then finds a line in order.
    this.#onEmpty();
    for (const waiter of refused) waiter.refuse(obstacle, unknownUntil);
  }

  #contend(): void {
    this.#contender = new Contender(this.#engine, this);
    this.#contender.attempt();
  }

  /** Contends for a lock that this process has just had. */
  #contendAgain(): void {
    if (this.#engine.queues) {
      // Right behind the release, in the same packet: if no other process waits, the lock comes back with its reply.
      this.#contend();
    } else {
      this.#contender = new Contender(this.#engine, this);
      this.#contender.attemptLater();
    }
  }

  /** The first whose patience has not ended; those before it leave. */
  #firstPlace(): Place<Waiter> | undefined {
    for (;;) {
      const place = this.#waiters.first;
      // To ask for the end is to bring it about, when the clock says so.
      if (place?.value.patience.end === undefined) return place;
    }
  }

  #leave(place: Place<Waiter>): void {
    this.#waiters.remove(place);
    const obstacle: Obstacle | undefined =
      this.#tenancy === undefined ? this.#contender?.obstacle : this.#served;
    let unknownUntil: number | undefined;
    if (this.#waiters.size === 0) {
      unknownUntil = this.#contender?.stop();
      this.#contender = undefined;
      if (this.#tenancy === undefined) this.#onEmpty();
    }
    place.value.refuse(obstacle, unknownUntil);
  }

  /** Gives the lock to the first in the line. */
  #serve(tenancy: Tenancy): void {
    const place = this.#waiters.first;
    if (place === undefined) return;
    this.#waiters.remove(place);
    const { who, request } = place.value;
    const { site } = request;
    this.#occupant = undefined;
    this.#served = { is: 'holder', who, since: this.#engine.environment.clock.mono() };
    place.value.grant({
      lease: tenancy.lease,
      fencingToken: tenancy.serve(site),
      extend: (ttl) => tenancy.extend(ttl),
      release: () => this.#release(tenancy, site),
      detach: () => this.#detach(tenancy),
      contain: undefined,
    });
  }

  #release(tenancy: Tenancy, site: LockSite): Promise<ReleaseOutcome> {
    const next = this.#firstPlace()?.value;
    const serves = next !== undefined && tenancy.canServe(next.request);
    // Its lease was over, or is found to be over now, and the line has gone on without it.
    if (this.#tenancy !== tenancy) return tenancy.release(site);
    if (serves) {
      this.#serve(tenancy);
      return Promise.resolve('released');
    }
    this.#tenancy = undefined;
    const released = tenancy.release(site);
    if (next === undefined) this.#onEmpty();
    else this.#contendAgain();
    return released;
  }

  #detach(tenancy: Tenancy): string {
    const token = tenancy.detach();
    this.#goOn(tenancy);
    return token;
  }

  /** Goes on without a tenancy. A holder that does not come back holds up its line no longer than its lease. */
  #goOn(tenancy: Tenancy): void {
    if (this.#tenancy !== tenancy) return;
    this.#tenancy = undefined;
    if (this.#waiters.size > 0) this.#contend();
    else this.#onEmpty();
  }
}

type Holder = Extract<Obstacle, { is: 'holder' }>;
