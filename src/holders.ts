import type { Closing } from './core/closing.js';
import { acquire, takeOver } from './core/acquire.js';
import type { CancelTimer } from './core/clock.js';
import type { Engine } from './core/engine.js';
import { Lines } from './core/lines.js';
import type { AcquireRequest, Grant } from './core/request.js';
import type { Waiter } from './core/waiter.js';
import { Watch } from './core/watch.js';
import { activeFrom, currentSection, outside, type Section } from './context.js';
import { grantInside } from './grant-inside.js';
import type { HandOver } from './hand-over.js';
import { HeldList } from './held-list.js';
import { HeldLock } from './held-lock.js';
import { checkSlots, type Keys } from './key-list.js';
import { toRedisKeys } from './keys.js';
import { Roster } from './roster.js';
import type { LockerSettings, LockSettings } from './settings.js';
import { inOrder, type ListCounter, takeList } from './take-list.js';

/** All who hold locks of a locker, or are about to: how a call becomes a holder, and how the last of them goes. */
export class Holders {
  readonly #engine: Engine;
  readonly #closing: Closing;
  readonly #lines: Lines;
  readonly #settings: LockerSettings;
  readonly #roster: Roster;
  readonly #counter: ListCounter;
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
    this.#roster = new Roster(this.#lines);
    this.#counter = {
      engine,
      lines: this.#lines,
      roster: this.#roster,
      take: async (request, maxHold, caller) =>
        this.#hold(await this.#grantOf(request, true, caller), request, maxHold, caller),
      hold: (...grant) => this.#hold(...grant),
    };
    this.#watch = new Watch(engine.environment, () => this.#look());
  }

  /** Waits for the lock, or for all of several. Rejects as {@link acquire} does, and with `LockReentryError`. */
  take(keys: Keys, settings: LockSettings): Promise<HeldLock | HeldList> {
    const caller = activeFrom(currentSection());
    const [key, ...more] = keys;
    if (more.length > 0) return this.#takeList(keys, settings, caller);
    const { maxHold, reentrant } = settings;
    return this.#become(this.#requestFor(key, settings), maxHold, caller, (request) =>
      this.#grantOf(request, reentrant, caller),
    );
  }

  /** Takes over a lock that was handed over. Rejects as {@link takeOver} does. */
  adopt({ key, token }: HandOver, settings: LockSettings): Promise<HeldLock> {
    const request = this.#requestFor(key, settings);
    return this.#become(request, settings.maxHold, activeFrom(currentSection()), () =>
      takeOver(this.#engine, request, token),
    );
  }

  /** Notices leases that are over by the wall clock, which no timer counts on. @returns whether there are any left */
  #look(): boolean {
    for (const lock of this.#roster.all()) lock.look();
    return this.#roster.size > 0;
  }

  /** Refuses new calls and waiters, lets holders finish for `grace` ms, and releases what is held then. */
  close(grace: number): Promise<void> {
    return outside(() => this.#close(grace));
  }

  #takeList(keys: Keys, settings: LockSettings, caller: Section | undefined): Promise<HeldList> {
    const { clock } = this.#engine.environment;
    const since = clock.mono();
    const requests = inOrder(keys, (key) => ({ ...this.#requestFor(key, settings), since }));
    if (this.#engine.together === 'one slot') checkSlots(requests);
    return outside(async () => {
      this.#acquiring++;
      try {
        const parts = await takeList(this.#counter, requests, settings, caller);
        return new HeldList(keys, parts, clock.mono() - since);
      } finally {
        this.#answered();
      }
    });
  }

  #requestFor(key: string, settings: LockSettings): AcquireRequest {
    const { timeout, ttl, extend, signal, name, commandTimeout, minValidity } = settings;
    const keys = toRedisKeys(this.#settings.prefix, key);
    return { site: { key, name }, keys, timeout, ttl, extend, signal, commandTimeout, minValidity };
  }

  #grantOf(request: AcquireRequest, reentrant: boolean, caller: Section | undefined): Promise<Grant> {
    return caller === undefined
      ? acquire(this.#engine, this.#lines, request)
      : grantInside(this.#counter, caller, request, reentrant);
  }

  /** Acquires, in sight of a locker that closes. */
  #become(
    request: AcquireRequest,
    maxHold: number,
    caller: Section | undefined,
    grantOf: (request: AcquireRequest) => Promise<Grant>,
  ): Promise<HeldLock> {
    return outside(async () => {
      this.#acquiring++;
      try {
        return this.#hold(await grantOf(request), request, maxHold, caller);
      } finally {
        this.#answered();
      }
    });
  }

  #answered(): void {
    this.#acquiring--;
    this.#onProgress();
  }

  /** Makes the lock of a grant. Not inside a closure that knows the caller: what lives as long as the lock would keep it. */
  #hold(
    grant: Grant,
    { site, keys, ttl }: AcquireRequest,
    maxHold: number,
    caller: Section | undefined,
  ): HeldLock {
    const lockKey = keys.lock;
    const onOver = (): void => {
      this.#roster.remove(place);
      this.#onProgress();
    };
    const onward = (outer: Section | undefined, waiter: Waiter): void => {
      const around = this.#roster.nearest(outer, lockKey);
      if (around === undefined) this.#lines.join(waiter);
      else around.nesting.join(waiter);
    };
    const { maxTtl } = this.#settings;
    const holding = { ttl, maxTtl, maxHold, owner: this.#roster, lockKey, onward, onOver };
    const place = this.#roster.add(new HeldLock(this.#engine, this.#lines, site, grant, holding, caller));
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
    else this.#roster.seat(lock, grant.lease);
    return lock;
  }

  async #close(grace: number): Promise<void> {
    this.#closing.begin();
    // Waiters are refused at once; what they had under way is answered or given up first, since it may bring a lock.
    await this.#until(() => this.#acquiring === 0, Infinity);
    await this.#until(() => this.#roster.size === 0, grace);
    await Promise.all(
      this.#roster.all().map((lock) => {
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
