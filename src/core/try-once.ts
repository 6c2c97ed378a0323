import { nextDelay, WHILE_BUSY } from './backoff.js';
import type { LockSite } from './claim.js';
import type { Engine } from './engine.js';
import { Lease } from './lease.js';
import { heldBy, type Obstacle, tooSlow } from './obstacle.js';
import { takeBack } from './release.js';
import type { Grant } from './request.js';
import { Tenancy } from './tenancy.js';
import type { Waiter } from './waiter.js';

/** How many rounds over several servers are one try: of callers that try at the same moment, each may get a server. */
const ROUNDS = 3;

/**
 * One try for a caller that does not wait, beside the line: it neither takes a place in it nor in anybody's queue.
 *
 * @param holder - who of this process has the lock, if that is known: then there is nothing to ask Redis
 */
export function tryOnce(engine: Engine, waiter: Waiter, holder: Obstacle | undefined): void {
  // Whoever has heard just now that a holder has lost the lock may have ended the wait.
  if (holder !== undefined || waiter.patience.end !== undefined) waiter.refuse(holder, undefined);
  else attempt(engine, waiter, engine.queues ? 1 : ROUNDS);
}

/** @param rounds - how many there may be, with this one */
function attempt(engine: Engine, waiter: Waiter, rounds: number): void {
  const { request } = waiter;
  const { keys, site, ttl, commandTimeout, minValidity } = request;
  const { environment, kind } = engine;
  const tenure = { keys, token: environment.newToken(), ttl, who: waiter.who, sections: 1 };
  const claim = { site, tenure, commandTimeout };
  let over = false;
  const isOver = (): boolean => over;
  const attempted = engine.servers.execute(kind.acquire(tenure, undefined), commandTimeout);

  /** @returns epoch ms until which it may hold the lock all the same */
  const takeBackLater = (): number => {
    // Behind the caller's back, and not before the answer: where two commands may travel on two connections, the release
    // could be there first.
    engine.cleanup.start(async () => {
      const execution = await attempted;
      if (!execution.ok || execution.reply.granted || execution.partly !== undefined) {
        await takeBack(engine, claim);
      }
    });
    return environment.clock.wall() + ttl;
  };

  waiter.onEnd = () => {
    over = true;
    waiter.refuse(undefined, takeBackLater());
  };

  void attempted.then((execution) => {
    if (over) return;
    if (!execution.ok) {
      const { reason, message, retryable, outcome } = execution.failure;
      engine.events.emit('failure', site, { operation: 'acquire', reason, message });
      // A listener may have ended the wait.
      if (isOver()) return;
      const unknownUntil = outcome === 'unknown' ? takeBackLater() : undefined;
      waiter.refuse({ is: 'backend', reason, message, retryable }, unknownUntil);
      return;
    }
    const { reply, sentAt, partly } = execution;
    if (!reply.granted) {
      const obstacle = heldBy(reply, environment.clock.mono());
      if (partly !== undefined) takeBackLater();
      // Not for want of servers that answer: then the next round would take as long.
      if (partly === 'certainly' && rounds > 1) again(engine, waiter, obstacle, rounds - 1);
      else waiter.refuse(obstacle, undefined);
      return;
    }
    const lease = new Lease(environment.clock, sentAt, ttl);
    if (lease.remaining < minValidity) {
      waiter.refuse(tooSlow(lease, ttl, minValidity), takeBackLater());
      return;
    }
    grantAlone(waiter, new Tenancy(engine, request, { tenure, lease, fence: reply.fence }));
  });
}

/** Makes another attempt in a moment, which is another one for each who was in the way. */
function again(engine: Engine, waiter: Waiter, obstacle: Obstacle, rounds: number): void {
  const { timers, random } = engine.environment;
  const situation = { attempt: ROUNDS - 1 - rounds, remaining: Infinity, ttlLeft: undefined, random };
  const cancel = timers.set(() => attempt(engine, waiter, rounds), nextDelay(WHILE_BUSY, situation));
  waiter.onEnd = () => {
    cancel();
    waiter.refuse(obstacle, undefined);
  };
}

/** Grants an ownership that serves one caller, beside the line. */
export function grantAlone(waiter: Waiter, tenancy: Tenancy): void {
  waiter.grant(alone(waiter.request.site, tenancy));
}

/** What whoever has an ownership alone can do with it. */
export function alone(site: LockSite, tenancy: Tenancy): Omit<Grant, 'waited'> {
  return {
    lease: tenancy.lease,
    fencingToken: tenancy.serve(site),
    extend: (ttl) => tenancy.extend(ttl),
    release: () => tenancy.release(site),
    detach: () => tenancy.detach(),
    contain: undefined,
  };
}
