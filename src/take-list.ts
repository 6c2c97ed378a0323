/** How a call gets several locks: all of them, or none. */
import type { Engine } from './core/engine.js';
import type { BackendObstacle } from './core/obstacle.js';
import type { AcquireRequest, Grant } from './core/request.js';
import { type Requests, takeTogether } from './core/together.js';
import { refuseAtOnce, Waiter } from './core/waiter.js';
import type { Section } from './context.js';
import { type Counter, refuseReentry } from './grant-inside.js';
import type { HeldLock } from './held-lock.js';
import type { Keys } from './key-list.js';
import type { LockSettings } from './settings.js';

const TOO_LATE: BackendObstacle = {
  is: 'backend',
  reason: 'TOO_SLOW',
  message: 'another lock of its list took so long that there was no time left',
  retryable: true,
};

/** What taking a list needs of who takes single locks. */
export interface ListCounter extends Counter {
  /** Waits for one lock, as a call from inside `caller`. */
  readonly take: (request: AcquireRequest, maxHold: number, caller: Section | undefined) => Promise<HeldLock>;
  /** Makes the lock of a grant. */
  readonly hold: (
    grant: Grant,
    request: AcquireRequest,
    maxHold: number,
    caller: Section | undefined,
  ) => HeldLock;
}

/** What is asked for, in the order in which every process takes it: that of the code units of the Redis keys. */
export function inOrder(keys: Keys, requestFor: (key: string) => AcquireRequest): Requests {
  const requests = keys.map(requestFor);
  requests.sort((one, other) => (one.keys.lock < other.keys.lock ? -1 : 1));
  return requests as [AcquireRequest, ...AcquireRequest[]];
}

/**
 * Takes all locks in one step if nobody has one of them. Else waits for one after the other, in the order of the requests,
 * which is the same in every process: so lists never wait for each other in a circle, and none starves. What it has by then
 * is given back when the call ends without the rest.
 *
 * Each lock is the section around the next one, so waiting for one is done under those that are held already.
 *
 * @param requests - in the order of their Redis keys; they differ by key and site only
 * @returns a lock for each, from the outside to the inside
 * @throws what a call for one lock is refused with, naming the lock that was in the way
 */
export async function takeList(
  counter: ListCounter,
  requests: Requests,
  settings: LockSettings,
  caller: Section | undefined,
): Promise<HeldLock[]> {
  for (;;) {
    const parts = await collect(counter, requests, settings, caller);
    if (parts.every(({ remaining }) => remaining >= settings.minValidity)) return parts;
    giveBack(parts);
    // One was lost while the call waited for another one. It begins again: nobody has worked under any of them yet.
    if (settings.timeout === 0) await refuseAtOnce(counter.engine, requests[0], TOO_LATE, undefined);
  }
}

/** @returns locks of which some may have been lost by now */
async function collect(
  counter: ListCounter,
  requests: Requests,
  { reentrant, timeout, maxHold, extend, ttl, minValidity }: LockSettings,
  caller: Section | undefined,
): Promise<HeldLock[]> {
  const { engine, roster } = counter;
  // Those first for which the call only has to go in with a section around it: of these it waits for nobody outside.
  const within = requests.filter(({ keys }) => roster.nearest(caller, keys.lock) !== undefined);
  const others = requests.filter((request) => !within.includes(request));
  const [own] = within;
  if (own !== undefined && !reentrant) throw refuseReentry(engine, own.site, []);

  const parts: HeldLock[] = [];
  const last = others.at(-1) ?? within.at(-1);
  // What the whole may be held for begins when it is whole.
  const holdOf = (request: AcquireRequest): number => (request === last ? maxHold : Infinity);
  const take = async (request: AcquireRequest): Promise<void> => {
    if (timeout > 0 && waited(engine, request) >= timeout)
      await refuseAtOnce(engine, request, TOO_LATE, undefined);
    parts.push(await counter.take(request, holdOf(request), parts.at(-1) ?? caller));
  };
  let stop: (() => void) | undefined;
  try {
    for (const request of within) await take(request);
    const [first, ...more] = others;
    const grants = first && more.length > 0 ? await tryTogether(counter, [first, ...more]) : undefined;
    // Without extension, the ttl is for the work and not for the wait.
    if (!extend && grants === undefined) stop = keepUp(engine, parts, within.length, ttl);
    for (const [i, request] of others.entries()) {
      const grant = grants?.[i];
      if (grant === undefined) await take(request);
      else parts.push(counter.hold(grant, request, holdOf(request), parts.at(-1) ?? caller));
    }
    const short = parts.filter((part) => part.held && part.remaining < minValidity);
    if (short.length > 0) await renew(engine, requests[0], short, ttl);
    return parts;
  } catch (error) {
    giveBack(parts);
    throw error;
  } finally {
    stop?.();
  }
}

/** One attempt to take all in one step. @returns undefined when they have to be taken one after the other */
async function tryTogether(
  { engine, lines, roster }: Counter,
  requests: Requests,
): Promise<Grant[] | undefined> {
  if (engine.together === 'none') return undefined;
  for (const request of requests) {
    const { lock } = request.keys;
    const holder = lines.holder(lock);
    // Who of this process has it is known without asking Redis, and who waits for it already is not overtaken.
    if (request.timeout === 0 && holder !== undefined) await refuseAtOnce(engine, request, holder, undefined);
    if (request.timeout > 0 && (lines.has(lock) || roster.holderOf(lock) !== undefined)) return undefined;
  }
  return takeTogether(engine, requests);
}

/** Lets the ones that are held last while the call waits for the others. @param from - how many it has from sections around */
function keepUp({ environment }: Engine, parts: readonly HeldLock[], from: number, ttl: number): () => void {
  let cancel: () => void;
  const again = (): void => {
    const extend = (): void => {
      for (const part of parts.slice(from)) void part.extend(ttl);
      again();
    };
    cancel = environment.timers.set(extend, ttl / 3, true);
  };
  again();
  return () => cancel();
}

/** Lets locks that were held while the call waited for others last as long as those. */
async function renew(
  engine: Engine,
  request: AcquireRequest,
  parts: readonly HeldLock[],
  ttl: number,
): Promise<void> {
  const waiter = new Waiter(engine, request);
  // To ask for the end is to bring it about, when the clock says so.
  const isOver = (): boolean => waiter.patience.end !== undefined;
  if (isOver()) {
    waiter.refuse(TOO_LATE, undefined);
  } else {
    waiter.onEnd = () => waiter.refuse(undefined, undefined);
    await Promise.race([Promise.all(parts.map((part) => part.extend(ttl))), waiter.granted]);
  }
  if (isOver()) await waiter.granted;
  waiter.patience.dispose();
}

/** In the background: who is refused has waited long enough. */
function giveBack(parts: readonly HeldLock[]): void {
  for (const part of parts) void part.release();
}

function waited({ environment }: Engine, { since }: AcquireRequest): number {
  const now = environment.clock.mono();
  return now - (since ?? now);
}
