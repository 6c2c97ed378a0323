import type { AcquireAllReply } from '../kinds/kind.js';
import type { Engine } from './engine.js';
import type { Execution } from './executor.js';
import { Lease } from './lease.js';
import { heldBy, type Obstacle, tooSlow } from './obstacle.js';
import { takeBack } from './release.js';
import type { AcquireRequest, Grant } from './request.js';
import { Tenancy } from './tenancy.js';
import { alone } from './try-once.js';
import { refuseAtOnce, Waiter } from './waiter.js';

/** What is asked for together: requests that differ by their keys and sites only. */
export type Requests = readonly [AcquireRequest, ...AcquireRequest[]];

/**
 * One attempt to take several locks, all or none, in one step on the server and beside the lines.
 *
 * @returns a grant for each; undefined when none was taken and the call has to take one after the other: it waits for the
 *   one that is somebody else's, or the server can not take them together
 * @throws what a call for one lock is refused with; when it does not wait, or not any more, it names the lock
 *   that is in the way
 */
export async function takeTogether(engine: Engine, requests: Requests): Promise<Grant[] | undefined> {
  const { environment, kind, events, cleanup } = engine;
  const [first] = requests;
  const { site, ttl, commandTimeout, minValidity } = first;
  // There for its patience and for its refusal: what is granted is granted to all.
  const waiter = new Waiter(engine, first);
  const refused = waiter.granted as Promise<never>;
  // To ask for the end is to bring it about, when the clock says so.
  const isOver = (): boolean => waiter.patience.end !== undefined;
  if (isOver()) {
    waiter.refuse(undefined, undefined);
    return refused;
  }

  const token = environment.newToken();
  const tenureOf = ({ keys }: AcquireRequest) => ({ keys, token, ttl, who: waiter.who, sections: 1 });
  const [own, ...others] = requests;
  const call = kind.acquireAll([tenureOf(own), ...others.map(tenureOf)]);
  const attempt = engine.servers.execute(call, commandTimeout);
  const giveUp = (): number => {
    // Behind the caller's back, and not before the answer: where two commands may travel on two connections, the release
    // could be there first.
    cleanup.start(async () => {
      const execution = await attempt;
      if (execution.ok && !execution.reply.granted) return;
      const claims = requests.map((each) => ({ site: each.site, tenure: tenureOf(each), commandTimeout }));
      await Promise.all(claims.map((claim) => takeBack(engine, claim)));
    });
    return environment.clock.wall() + ttl;
  };
  let over = false;
  // A function, since a listener may have ended the wait.
  const isRefused = (): boolean => over;
  waiter.onEnd = () => {
    over = true;
    waiter.refuse(undefined, giveUp());
  };

  const execution: Execution<AcquireAllReply> = await Promise.race([attempt, refused]);
  if (!execution.ok) {
    const { reason, message } = execution.failure;
    events.emit('failure', site, { operation: 'acquire', reason, message });
  }
  // What it may have is taken back then.
  if (isRefused()) return refused;
  waiter.forsake();
  // By the clock alone, in a process that stood still: what has come is known all the same.
  const late = isOver();
  waiter.patience.dispose();
  /** Whoever waits takes the locks one after the other. */
  const goOn = (request: AcquireRequest, obstacle: Obstacle, unknownUntil?: number): Promise<undefined> => {
    if (request.timeout > 0 && !late) return Promise.resolve(undefined);
    return refuseAtOnce(engine, request, obstacle, unknownUntil);
  };

  if (!execution.ok) {
    const { reason, message, retryable, outcome } = execution.failure;
    const unknownUntil = outcome === 'unknown' ? giveUp() : undefined;
    if (reason === 'CROSSSLOT') return undefined;
    return goOn(first, { is: 'backend', reason, message, retryable }, unknownUntil);
  }
  const { reply, sentAt } = execution;
  if (!reply.granted) {
    return goOn(requests[reply.index] ?? first, heldBy(reply, environment.clock.mono()));
  }
  if (late) {
    waiter.refuse(undefined, giveUp());
    return refused;
  }
  const lease = new Lease(environment.clock, sentAt, ttl);
  if (lease.remaining < minValidity) return goOn(first, tooSlow(lease, ttl, minValidity), giveUp());
  return requests.map((request, i) => {
    const lease = new Lease(environment.clock, sentAt, ttl);
    const grant = { tenure: tenureOf(request), lease, fence: reply.fences[i] ?? 0 };
    return { ...alone(request.site, new Tenancy(engine, request, grant)), waited: waiter.waited };
  });
}
