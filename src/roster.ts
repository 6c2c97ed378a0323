import type { Lease } from './core/lease.js';
import type { Lines } from './core/lines.js';
import { type Place, Queue } from './core/queue.js';
import { activeFrom, type Section } from './context.js';
import { outward } from './deadlock.js';
import type { HeldLock } from './held-lock.js';

/** Who holds the locks of a locker at the moment. */
export class Roster {
  readonly #lines: Lines;
  readonly #held = new Queue<HeldLock>();
  /** Those that came beside the lines: without waiting, together with others, or by adoption. */
  readonly #beside = new Map<string, HeldLock>();

  constructor(lines: Lines) {
    this.#lines = lines;
  }

  get size(): number {
    return this.#held.size;
  }

  /** All of them, in a list of its own: what is lost leaves. */
  all(): HeldLock[] {
    return [...this.#held];
  }

  add(lock: HeldLock): Place<HeldLock> {
    return this.#held.push(lock);
  }

  /** Takes note that the lock has the key by itself, and not from inside another one's section. */
  seat(lock: HeldLock, lease: Lease): void {
    if (!this.#lines.occupy(lock.lockKey, lease, lock)) this.#beside.set(lock.lockKey, lock);
  }

  remove(place: Place<HeldLock>): void {
    const { lockKey } = place.value;
    this.#held.remove(place);
    if (this.#beside.get(lockKey) === place.value) this.#beside.delete(lockKey);
  }

  /** The innermost section from `section` to the outside that has the lock. */
  nearest(section: Section | undefined, lockKey: string): HeldLock | undefined {
    for (const each of outward(activeFrom(section))) {
      if (isHeldLock(each, this) && each.lockKey === lockKey) return each;
    }
    return undefined;
  }

  /** Who of this process has the lock, and not from inside another one's section. */
  holderOf(lockKey: string): HeldLock | undefined {
    const lock = (this.#lines.occupant(lockKey) as HeldLock | undefined) ?? this.#beside.get(lockKey);
    return lock?.active === true ? lock : undefined;
  }
}

/** Whether a section, which may be another copy's of the package, is of this roster. */
function isHeldLock(section: Section, roster: Roster): section is HeldLock {
  return section.owner === roster;
}
