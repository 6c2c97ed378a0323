import type { Closing } from './core/closing.js';
import { acquire, enter, takeOver } from './core/acquire.js';
import type { LockSite } from './core/claim.js';
import type { CancelTimer } from './core/clock.js';
import type { Engine } from './core/engine.js';
import { Lines } from './core/lines.js';
import { Queue } from './core/queue.js';
import type { AcquireRequest, Grant } from './core/request.js';
import type { Waiter } from './core/waiter.js';
import { Watch } from './core/watch.js';
import { activeFrom, currentSection, outside, type Section } from './context.js';
import { findCircle, noteWait, outward } from './deadlock.js';
import { LockReentryError } from './errors.js';
import type { HandOver } from './hand-over.js';
import { HeldLock } from './held-lock.js';
import { toRedisKeys } from './keys.js';
import type { LockerSettings, LockSettings } from './settings.js';

/** All who hold locks of a locker, or are about to: how a call becomes a holder, and how the last of them goes. */
export class Holders {
  readonly #engine: Engine;
  readonly #closing: Closing;
  readonly #lines: Lines;
  readonly #settings: LockerSettings;
  readonly #held = new Queue<HeldLock>();
  /** Those that came beside the lines: without waiting, or by adoption. */
  readonly #beside = new Map<string, HeldLock>();
  readonly #watch: Watch;
  #onFirst: ((lockKey: string) => void) | undefined;
  /** Calls that have not got their lock or their error yet. */
  #acquiring = 0;
  /** Tells a closing locker that a call was answered, or that a lock was given back. */
  #onProgress: () => void = () => undefined;

  /** @param onFirst - called with the first key whose lock is granted */
  constructor(
    engine: Engine,
    closing: Closing,
    settings: LockerSettings,
    onFirst: (lockKey: string) => void,
  ) {
    this.#engine = engine;
    this.#closing = closing;
    this.#settings = settings;
    this.#onFirst = onFirst;
    this.#lines = new Lines(engine, settings.maxWaiters);
    this.#watch = new Watch(engine.environment, () => this.#look());
  }

  /** Waits for the lock. Rejects as {@link acquire} does, and with {@link LockReentryError}. */
  take(key: string, settings: LockSettings): Promise<HeldLock> {
    const caller = activeFrom(currentSection());
    return this.#become(key, settings, caller, (request) =>
      caller === undefined
        ? acquire(this.#engine, this.#lines, request)
        : this.#grantInside(caller, request, settings.reentrant),
    );
  }

  /** Takes over a lock that was handed over. Rejects as {@link takeOver} does. */
  adopt({ key, token }: HandOver, settings: LockSettings): Promise<HeldLock> {
    const grantOf = (request: AcquireRequest): Promise<Grant> => takeOver(this.#engine, request, token);
    return this.#become(key, settings, activeFrom(currentSection()), grantOf);
  }

  /** Notices leases that are over by the wall clock, which no timer counts on. @returns whether there are any left */
  #look(): boolean {
    // What is lost leaves the queue.
    for (const lock of [...this.#held]) lock.look();
    return this.#held.size > 0;
  }

  /** Refuses new calls and waiters, lets holders finish for `grace` ms, and releases what is held then. */
  close(grace: number): Promise<void> {
    return outside(() => this.#close(grace));
  }

  /** Acquires, in sight of a locker that closes. */
  #become(
    key: string,
    settings: LockSettings,
    caller: Section | undefined,
    grantOf: (request: AcquireRequest) => Promise<Grant>,
  ): Promise<HeldLock> {
    const { timeout, ttl, extend, signal, name, commandTimeout, minValidity } = settings;
    const site = { key, name };
    const keys = toRedisKeys(this.#settings.prefix, key);
    const request = { site, keys, timeout, ttl, extend, signal, commandTimeout, minValidity };
    return outside(async () => {
      this.#acquiring++;
      try {
        return this.#hold(await grantOf(request), request, settings, caller);
      } finally {
        this.#acquiring--;
        this.#onProgress();
      }
    });
  }

  /** Makes the lock of a grant. Not inside a closure that knows the caller: what lives as long as the lock would keep it. */
  #hold(
    grant: Grant,
    { site, keys, ttl }: AcquireRequest,
    { maxHold, maxTtl }: LockSettings,
    caller: Section | undefined,
  ): HeldLock {
    const lockKey = keys.lock;
    const onOver = (): void => {
      this.#held.remove(place);
      if (this.#beside.get(lockKey) === place.value) this.#beside.delete(lockKey);
      this.#onProgress();
    };
    const onward = (outer: Section | undefined, waiter: Waiter): void => {
      const around = this.#nearest(outer, lockKey);
      if (around === undefined) this.#lines.join(waiter);
      else around.nesting.join(waiter);
    };
    const holding = { ttl, maxTtl, maxHold, owner: this, lockKey, onward, onOver };
    const place = this.#held.push(new HeldLock(this.#engine, this.#lines, site, grant, holding, caller));
    const lock = place.value;
    const { waited, fencingToken } = grant;
    this.#engine.events.emit('granted', site, { waited, fencingToken });
    this.#watch.start();
    this.#onFirst?.(lockKey);
    this.#onFirst = undefined;
    // The lease may have ended on the way here: then nobody need know of it.
    lock.look();
    if (!lock.active) return lock;
    if (grant.contain !== undefined) grant.contain(lock);
    else if (!this.#lines.occupy(lockKey, grant.lease, lock)) this.#beside.set(lockKey, lock);
    return lock;
  }

  /** The grant of a call from inside a section; it goes in with that one's lock, if this is the lock it asks for. */
  async #grantInside(caller: Section, request: AcquireRequest, reentrant: boolean): Promise<Grant> {
    const { site, keys, timeout } = request;
    const around = this.#nearest(caller, keys.lock);
    if (around !== undefined && !reentrant) throw this.#refuse(site, []);
    const wait = {
      site,
      // When the section around it has ended, it waits with everybody else.
      blocker: () => (around?.active === true ? around.inner : this.#holderOf(keys.lock)),
    };
    const circle = timeout > 0 ? findCircle(caller, wait.blocker()) : undefined;
    if (circle !== undefined) {
      // Told from the call's own side: what it holds of that which the last one waits for.
      const last = circle.at(-1)?.wait.blocker() ?? caller;
      throw this.#refuse(site, [{ section: last, wait }, ...circle]);
    }
    // Who does not wait keeps nobody waiting.
    const forget = timeout > 0 ? noteWait(caller, wait) : undefined;
    try {
      return await (around === undefined
        ? acquire(this.#engine, this.#lines, request)
        : enter(this.#engine, around.nesting, request));
    } finally {
      forget?.();
    }
  }

  #refuse(
    site: LockSite,
    circle: readonly { section: Section; wait: { site: LockSite } }[],
  ): LockReentryError {
    const error = new LockReentryError({
      ...site,
      circle: circle.map(({ section, wait }) => ({
        holder: section.site.name,
        held: section.site.key,
        site: wait.site.name,
        wanted: wait.site.key,
      })),
    });
    this.#engine.events.emit('refused', site, { waited: 0, error });
    return error;
  }

  /** The innermost section from `section` to the outside that has the lock. */
  #nearest(section: Section | undefined, lockKey: string): HeldLock | undefined {
    for (const each of outward(activeFrom(section))) {
      if (each instanceof HeldLock && each.owner === this && each.lockKey === lockKey) return each;
    }
    return undefined;
  }

  /** Who of this process has the lock, and not from inside another one's section. */
  #holderOf(lockKey: string): HeldLock | undefined {
    const lock = (this.#lines.occupant(lockKey) as HeldLock | undefined) ?? this.#beside.get(lockKey);
    return lock?.active === true ? lock : undefined;
  }

  async #close(grace: number): Promise<void> {
    this.#closing.begin();
    // Waiters are refused at once; what they had under way is answered or given up first, since it may bring a lock.
    await this.#until(() => this.#acquiring === 0, Infinity);
    await this.#until(() => this.#held.size === 0, grace);
    await Promise.all(
      [...this.#held].map((lock) => {
        lock.lose('closed');
        return lock.release();
      }),
    );
    await this.#engine.cleanup.finish();
    await this.#engine.inbox.close();
    this.#watch.stop();
  }

  /** Resolves when `done`, which is looked at whenever something has changed, or after `ms`. */
  async #until(done: () => boolean, ms: number): Promise<void> {
    let cancel: CancelTimer | undefined;
    await new Promise<void>((resolve) => {
      if (ms !== Infinity) cancel = this.#engine.environment.timers.set(resolve, ms);
      this.#onProgress = () => {
        if (done()) resolve();
      };
      this.#onProgress();
    });
    cancel?.();
  }
}
