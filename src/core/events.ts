import type { LossReason } from '../errors.js';
import type { LockSite, ReleaseOutcome } from './claim.js';

/**
 * What a locker tells about its locks. Tokens never appear in an event. A lock of several keys is told of key by key, as each is
 * waited for, granted, given back or lost.
 */
export interface LockEvents {
  /** Somebody else has the lock, and the caller starts to wait. Once per call and key. */
  waiting: LockSite & { readonly holder: string | undefined };
  /** The lock is the caller's. `waited`: ms since it asked. */
  granted: LockSite & { readonly waited: number; readonly fencingToken: number };
  /** Somebody else has the lock, and the call does not wait for it: a `timeout` of 0, `tryAcquire`, `onBusy`. Instead of `refused`. */
  busy: LockSite & { readonly holder: string | undefined };
  /** The call ended without the lock, with `error`. `waited`: ms since it asked. */
  refused: LockSite & { readonly waited: number; readonly error: unknown };
  /** The lease goes on. `held`: ms since the grant. `remaining`: ms for which it lasts at least. */
  extended: LockSite & { readonly held: number; readonly remaining: number };
  /**
   * The lock is not the holder's any more, although it was not given back: see {@link LossReason}. `held`: ms since the
   * grant.
   */
  lost: LockSite & { readonly held: number; readonly reason: LossReason };
  /** The holder gave the lock back. `held`: ms since the grant. */
  released: LockSite & { readonly held: number; readonly outcome: ReleaseOutcome };
  /** A command to Redis failed; the engine deals with it. `reason`: Redis' or the system's error code. */
  failure: LockSite & {
    readonly operation: 'acquire' | 'adopt' | 'extend' | 'release';
    readonly reason: string;
    readonly message: string;
  };
}

/** A record and not a list, so that the compiler misses a name that is left out. */
const EVENTS: Record<keyof LockEvents, 0> = {
  waiting: 0,
  granted: 0,
  busy: 0,
  refused: 0,
  extended: 0,
  lost: 0,
  released: 0,
  failure: 0,
};

/** The names of all events. */
export const EVENT_NAMES = Object.keys(EVENTS) as readonly (keyof LockEvents)[];

/** Where events go besides a locker's own listeners: to whoever watches the whole process. */
export interface Outlet {
  /** Whether anybody wants the events of this name. Asked for each of them, so it must cost next to nothing. */
  readonly wants: (name: keyof LockEvents) => boolean;
  readonly publish: <Name extends keyof LockEvents>(name: Name, event: LockEvents[Name]) => void;
}

type Listener<Name extends keyof LockEvents> = (event: LockEvents[Name]) => void;

/** Tells listeners what happens. One that throws harms nobody else. */
export class Events {
  /** Each event's listeners, in the order in which they came. */
  readonly #listeners = new Map<keyof LockEvents, Set<Listener<never>>>();
  readonly #outlet: Outlet | undefined;

  constructor(outlet?: Outlet) {
    this.#outlet = outlet;
  }

  /** @returns a function that takes the listener away again */
  on<Name extends keyof LockEvents>(name: Name, listener: Listener<Name>): () => void {
    let listeners = this.#listeners.get(name);
    if (listeners === undefined) this.#listeners.set(name, (listeners = new Set()));
    // A function of its own for every call: the same listener added twice is called twice and removed one by one.
    const own: Listener<Name> = (event) => listener(event);
    listeners.add(own);
    return () => void listeners.delete(own);
  }

  /** @param more - what the event says besides the lock site; the event is only made when somebody wants it */
  emit<Name extends keyof LockEvents>(
    name: Name,
    site: LockSite,
    more: Omit<LockEvents[Name], keyof LockSite>,
  ): void {
    const listeners = this.#listeners.get(name);
    const heard = listeners !== undefined && listeners.size > 0;
    const outlet = this.#outlet?.wants(name) === true ? this.#outlet : undefined;
    if (!heard && outlet === undefined) return;
    const event = { ...site, ...more } as LockEvents[Name];
    if (heard) {
      for (const listener of listeners) tell(() => (listener as (event: LockEvents[Name]) => unknown)(event));
    }
    if (outlet !== undefined) tell(() => outlet.publish(name, event));
  }
}

/** A listener watches; what goes wrong in it must not change what happens to the lock. */
function tell(listener: () => unknown): void {
  try {
    const result = listener();
    // An async listener that rejects would end the process.
    if (result instanceof Promise) result.catch(() => undefined);
  } catch {
    // See above.
  }
}
