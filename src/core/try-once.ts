import type { LockSite } from './claim.js';
import type { Engine } from './engine.js';
import { Lease } from './lease.js';
import { heldBy, type Obstacle, tooSlow } from './obstacle.js';
import { takeBack } from './release.js';
import type { Grant } from './request.js';
import { Tenancy } from './tenancy.js';
import type { Waiter } from './waiter.js';

/**
 * One attempt for a caller that does not wait, beside the line: it neither takes a place in it nor in anybody's queue.
 *
 * @param holder - who of this process has the lock, if that is known: then there is nothing to ask Redis
 */
export function tryOnce(engine: Engine, waiter: Waiter, holder: Obstacle | undefined): void {
  const { request } = waiter;
  const { keys, site, ttl, commandTimeout, minValidity } = request;
  if (holder !== undefined) {
    waiter.refuse(holder, undefined);
    return;
  }

  const { environment, kind } = engine;
  const tenure = { keys, token: environment.newToken(), ttl, who: waiter.who, sections: 1 };
  const claim = { site, tenure, commandTimeout };
  let over = false;
  const isOver = (): boolean => over;
  const refuse = (obstacle: Obstacle | undefined, mayHold: boolean): void => {
    over = true;
    waiter.refuse(obstacle, mayHold ? environment.clock.wall() + ttl : undefined);
  };
  const attempt = engine.servers.execute(kind.acquire(tenure, undefined), commandTimeout);

  // Behind the caller's back, and not before the answer: where two commands may travel on two connections, the release
  // could be there first.
  const takeBackLater = (): void =>
    engine.cleanup.start(async () => {
      const execution = await attempt;
      if (!execution.ok || execution.reply.granted || execution.partly === true) {
        await takeBack(engine, claim);
      }
    });

  waiter.onEnd = () => {
    refuse(undefined, true);
    takeBackLater();
  };

  void attempt.then((execution) => {
    if (over) return;
    if (!execution.ok) {
      const { reason, message, retryable, outcome } = execution.failure;
      engine.events.emit('failure', site, { operation: 'acquire', reason, message });
      // A listener may have ended the wait.
      if (isOver()) return;
      const mayHold = outcome === 'unknown';
      if (mayHold) takeBackLater();
      refuse({ is: 'backend', reason, message, retryable }, mayHold);
      return;
    }
    const { reply, sentAt } = execution;
    if (!reply.granted) {
      if (execution.partly === true) takeBackLater();
      refuse(heldBy(reply, environment.clock.mono()), false);
      return;
    }
    const lease = new Lease(environment.clock, sentAt, ttl);
    if (lease.remaining < minValidity) {
      takeBackLater();
      refuse(tooSlow(lease, ttl, minValidity), true);
      return;
    }
    grantAlone(waiter, new Tenancy(engine, request, { tenure, lease, fence: reply.fence }));
  });
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
