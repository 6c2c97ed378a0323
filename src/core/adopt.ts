import { LockLostError } from '../errors.js';
import { nextDelay, WHILE_FAILING } from './backoff.js';
import type { CancelTimer } from './clock.js';
import type { Engine } from './engine.js';
import type { Execution } from './executor.js';
import { Lease } from './lease.js';
import { type BackendObstacle, tooSlow } from './obstacle.js';
import { takeBack } from './release.js';
import type { AdoptReply } from '../kinds/kind.js';
import { Tenancy } from './tenancy.js';
import { grantAlone } from './try-once.js';
import type { Waiter } from './waiter.js';

/**
 * Takes over a lock that another holder has handed over.
 *
 * It gets a token of its own, so that of two that adopt the same lock one does not get it. That token serves all attempts,
 * so that a lost reply is found again by the next one.
 *
 * @param token - the former holder's
 */
export function adopt(engine: Engine, waiter: Waiter, token: string): void {
  const { environment, kind, events, cleanup } = engine;
  const { request } = waiter;
  const { site, keys, ttl, commandTimeout, minValidity, timeout } = request;
  const tenure = { keys, token: environment.newToken(), ttl, who: waiter.who, sections: 1 };
  let underWay: Promise<Execution<AdoptReply>> | undefined;
  let cancelTimer: CancelTimer | undefined;
  let obstacle: BackendObstacle | undefined;
  let mayHold = false;
  let over = false;
  let failed = 0;

  const giveUp = (): void => {
    over = true;
    cancelTimer?.();
    const uncertain = mayHold || underWay !== undefined;
    if (uncertain) {
      cleanup.start(async () => {
        await underWay;
        await takeBack(engine, { site, tenure, commandTimeout });
      });
    }
    waiter.refuse(obstacle, uncertain ? environment.clock.wall() + ttl : undefined);
  };

  /** Tries again, if there is time for it. */
  const meet = (next: BackendObstacle): void => {
    obstacle = next;
    if (timeout === 0 || !next.retryable) {
      waiter.forsake();
      giveUp();
      return;
    }
    const { remaining } = waiter.patience;
    const situation = { attempt: failed++, remaining, ttlLeft: undefined, random: environment.random };
    cancelTimer = environment.timers.set(attempt, nextDelay(WHILE_FAILING, situation));
  };

  const settle = (execution: Execution<AdoptReply>): void => {
    underWay = undefined;
    if (over) return;
    if (!execution.ok) {
      const { reason, message, retryable, outcome } = execution.failure;
      mayHold ||= outcome === 'unknown';
      events.emit('failure', site, { operation: 'adopt', reason, message });
      if (!isOver()) meet({ is: 'backend', reason, message, retryable });
      return;
    }
    const { reply, sentAt } = execution;
    if (!reply.adopted) {
      // One server may have made it ours, although a majority has not.
      if (execution.partly !== undefined || (mayHold && !engine.queues)) {
        cleanup.start(async () => {
          await takeBack(engine, { site, tenure, commandTimeout });
        });
      }
      waiter.forsake();
      waiter.refuseWith(new LockLostError({ key: site.key, reason: 'taken', held: 0 }));
      return;
    }
    mayHold = true;
    const lease = new Lease(environment.clock, sentAt, ttl);
    // By the clock: then it has been refused now, and the lock is given back.
    if (waiter.patience.end !== undefined) return;
    if (lease.remaining < minValidity) meet(tooSlow(lease, ttl, minValidity));
    else grantAlone(waiter, new Tenancy(engine, request, { tenure, lease, fence: reply.fence }));
  };

  /** A function, since a listener may have ended the wait. */
  const isOver = (): boolean => over;

  function attempt(): void {
    underWay = engine.servers.execute(kind.adopt(tenure, token), commandTimeout);
    void underWay.then(settle);
  }

  waiter.onEnd = giveUp;
  attempt();
}
