import { LockQueueFullError } from '../errors.js';
import type { Engine } from './engine.js';
import type { Lease } from './lease.js';
import { Line } from './line.js';
import type { Waiter } from './waiter.js';

/** The lines of callers before the locks that a locker wants or has: one for each key, while there is need of it. */
export class Lines {
  readonly #engine: Engine;
  readonly #maxWaiters: number;
  readonly #lines = new Map<string, Line>();
  #waiting = 0;

  /** @param maxWaiters - how many callers may wait at the same time, in all lines together */
  constructor(engine: Engine, maxWaiters: number) {
    this.#engine = engine;
    this.#maxWaiters = maxWaiters;
  }

  /** Counts a waiter until it is answered. @returns false when too many wait: then it is refused */
  admit(waiter: Waiter): boolean {
    if (waiter.counted) return true;
    if (this.#waiting >= this.#maxWaiters) {
      waiter.refuseWith(new LockQueueFullError(waiter.request.site.key, this.#maxWaiters));
      return false;
    }
    this.#waiting++;
    waiter.counted = true;
    const left = (): void => {
      this.#waiting--;
    };
    waiter.granted.then(left, left);
    return true;
  }

  /** Puts a waiter at the end of its line. It is granted or refused later, or refused at once when too many wait. */
  join(waiter: Waiter): void {
    if (!this.admit(waiter)) return;
    const { keys } = waiter.request;
    let line = this.#lines.get(keys.lock);
    if (line === undefined) {
      const made = new Line(this.#engine, keys, () => {
        if (this.#lines.get(keys.lock) === made) this.#lines.delete(keys.lock);
      });
      this.#lines.set(keys.lock, (line = made));
    }
    line.join(waiter);
  }

  /** How many locks are wanted or held. */
  get size(): number {
    return this.#lines.size;
  }

  /** Whether anybody of this process wants or has the lock `key` by its line. */
  has(key: string): boolean {
    return this.#lines.has(key);
  }

  /** Takes note of the section that works under a lease. @returns false when it is not that of a line */
  occupy(key: string, lease: Lease, section: object): boolean {
    return this.#lines.get(key)?.occupy(lease, section) === true;
  }

  /** The section that has the lock `key` by its line, if that is known. */
  occupant(key: string): object | undefined {
    return this.#lines.get(key)?.occupant;
  }

  /** Who of this process certainly has the lock `key`; undefined when nobody has. */
  holder(key: string): Line['holder'] {
    return this.#lines.get(key)?.holder;
  }
}
