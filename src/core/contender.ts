import type { AcquireReply, GrantMessage, LockKeys } from '../kinds/kind.js';
import { nextDelay, nextLook, type Situation, WHILE_BUSY, WHILE_FAILING } from './backoff.js';
import { type Attempt, Bid } from './bid.js';
import type { CancelTimer } from './clock.js';
import type { Engine } from './engine.js';
import type { Execution } from './executor.js';
import { Lease } from './lease.js';
import { heldBy, type Obstacle, tooSlow } from './obstacle.js';
import type { AcquireRequest } from './request.js';
import { ServerTime } from './server-time.js';
import { type Owned, Tenancy } from './tenancy.js';

/** Whom a contender contends for. */
export interface Contended {
  readonly keys: LockKeys;
  /** What the first in the line asks for, and how long it still waits, in ms; undefined when nobody waits any more. */
  readonly head: { readonly request: AcquireRequest; readonly remaining: number } | undefined;
  /** The lock is this process's. */
  onGrant(tenancy: Tenancy): void;
  /** Somebody else has it. */
  onBusy(holder: string | undefined): void;
  /** Redis refuses for good. */
  onRefused(obstacle: Obstacle): void;
}

/**
 * The one who asks Redis for a lock, however many callers of this process want it.
 *
 * An attempt that finds the lock taken leaves a place in the queue; then a message tells of the grant, and further
 * attempts are only there for messages that are lost and for holders that send none.
 */
export class Contender {
  readonly #engine: Engine;
  readonly #for: Contended;
  readonly #serverTime: ServerTime;
  #bid: Bid;
  /** Earlier bids, whose grants came too late. */
  readonly #withdrawn: Bid[] = [];
  #over = false;
  #cancelTimer: CancelTimer | undefined;
  /** Another attempt was asked for while one was under way. */
  #again = false;
  /** Whether it will be told when messages can be heard. */
  #tuningIn = false;
  #obstacle: Obstacle | undefined;
  /** Attempts in a row that met the same kind of obstacle; the delays grow with it. */
  #sameObstacle = 0;

  constructor(engine: Engine, contended: Contended) {
    this.#engine = engine;
    this.#for = contended;
    this.#serverTime = new ServerTime(engine.environment.clock);
    this.#bid = this.#newBid();
  }

  /** What stood in the way at the last look. */
  get obstacle(): Obstacle | undefined {
    return this.#obstacle;
  }

  /** Whom it still contends for. */
  get #head(): Contended['head'] {
    return this.#over ? undefined : this.#for.head;
  }

  /** Makes the first attempt in a moment: others, who can not see who has waited longest, may be first. */
  attemptLater(): void {
    this.#wait((situation) => {
      const delay = nextDelay(WHILE_BUSY, { ...situation, remaining: Infinity });
      // Whoever has little time left must still have an attempt: there has been none.
      return Math.min(delay, situation.remaining / 2);
    });
  }

  /** Makes an attempt now; when one is under way, another one follows it. */
  attempt(): void {
    this.#cancelTimer?.();
    const head = this.#head;
    if (head === undefined) return;
    const bid = this.#bid;
    if (bid.underWay !== undefined) {
      this.#again = true;
      return;
    }
    const attempt = bid.attempt(head.request);
    void attempt.execution.then((execution) => {
      if (this.#over) return;
      bid.settle(attempt, execution);
      // Two that keep what they have got of a round would keep each other from a majority for ever.
      if (!this.#engine.queues && bid.unknownUntil !== undefined) this.#bidAnew();
      if (execution.ok) this.#onReply(attempt, execution);
      else this.#onFailure(attempt.request, execution.failure);
      if (!this.#again) return;
      this.#again = false;
      this.attempt();
    });
  }

  /**
   * Nobody waits any more: what this contender may have left in Redis is taken back behind everybody's back.
   *
   * @returns epoch ms until which it may hold the lock all the same; undefined when it does not
   */
  stop(): number | undefined {
    if (this.#over) return undefined;
    this.#end();
    this.#bid.withdraw();
    const unknown = [...this.#withdrawn, this.#bid].flatMap(({ unknownUntil }) => unknownUntil ?? []);
    return unknown.length === 0 ? undefined : Math.max(...unknown);
  }

  #onReply(attempt: Attempt, { reply, sentAt }: Extract<Execution<AcquireReply>, { ok: true }>): void {
    this.#serverTime.learn(sentAt, reply.at);
    if (reply.granted) {
      const head = this.#head;
      // Who asked for this has left, and the next one asks for something else.
      if (head?.request.ttl !== attempt.tenure.ttl) {
        this.attempt();
        return;
      }
      const lease = new Lease(this.#engine.environment.clock, sentAt, attempt.tenure.ttl);
      const { minValidity } = head.request;
      if (lease.remaining < minValidity) this.#startAnew(tooSlow(lease, attempt.tenure.ttl, minValidity));
      else this.#take(head.request, { lease, fence: reply.fence, tenure: attempt.tenure });
      return;
    }
    this.#meet(heldBy(reply, this.#engine.environment.clock.mono()));
    this.#for.onBusy(reply.holder);
    this.#plan(attempt.queues, reply.ttlLeft);
  }

  #onFailure(request: AcquireRequest, failure: Extract<Execution<never>, { ok: false }>['failure']): void {
    const { reason, message, retryable } = failure;
    this.#engine.events.emit('failure', request.site, { operation: 'acquire', reason, message });
    const obstacle: Obstacle = { is: 'backend', reason, message, retryable };
    this.#meet(obstacle);
    if (retryable) this.#wait((situation) => nextDelay(WHILE_FAILING, situation));
    else if (!this.#over) this.#for.onRefused(obstacle);
  }

  #onMessage({ at, ttl, fence }: GrantMessage): void {
    const head = this.#head;
    const { since } = this.#bid;
    if (head === undefined || since === undefined) return;
    const grantedAt = this.#serverTime.momentOf(at, since);
    const lease = grantedAt && new Lease(this.#engine.environment.clock, grantedAt, ttl);
    const { request } = head;
    if (
      lease !== undefined &&
      ttl === request.ttl &&
      lease.remaining >= request.minValidity &&
      !this.#engine.confirms
    )
      this.#take(request, { lease, fence, tenure: this.#bid.tenure(request, ttl) });
    // Nobody knows when that was, too little of it is left, or more is asked for by now: if the lock is ours, another
    // attempt renews it. And if it was ours before somebody else had it, that attempt finds out.
    else this.attempt();
  }

  /** The first in the line has the lock. */
  #take(request: AcquireRequest, owned: Pick<Owned, 'lease' | 'fence' | 'tenure'>): void {
    this.#end();
    this.#bid.end();
    const quiet = this.#bid.underWay?.execution;
    this.#for.onGrant(new Tenancy(this.#engine, request, { ...owned, quiet, longest: this.#bid.longest }));
  }

  /** A grant that came too late is given back, and not only renewed: somebody else may be faster. */
  #startAnew(obstacle: Obstacle): void {
    this.#meet(obstacle);
    this.#bidAnew();
    this.#wait((situation) => nextDelay(WHILE_FAILING, situation));
  }

  /** Gives back whatever the present bid has, or may have, and bids under another token. */
  #bidAnew(): void {
    this.#bid.withdraw();
    const wall = this.#engine.environment.clock.wall();
    // Also without an answer, nothing is left of those whose time is over.
    const uncertain = [...this.#withdrawn, this.#bid].filter(
      ({ unknownUntil = -Infinity }) => unknownUntil > wall,
    );
    this.#withdrawn.splice(0, Infinity, ...uncertain);
    this.#bid = this.#newBid();
  }

  /** Plans the next attempt after one that found the lock taken. */
  #plan(queued: boolean, ttlLeft: number | undefined): void {
    const { inbox, queues } = this.#engine;
    if (queued) {
      this.#wait((situation) => nextLook({ ...situation, ttlLeft }));
      return;
    }
    this.#wait((situation) => nextDelay(WHILE_BUSY, { ...situation, ttlLeft }));
    if (this.#tuningIn || !queues) return;
    this.#tuningIn = true;
    void inbox.open().then(() => {
      this.#tuningIn = false;
      if (inbox.channel !== undefined && !this.#bid.placed) this.attempt();
    });
  }

  #wait(delayOf: (situation: Situation) => number): void {
    const head = this.#head;
    if (head === undefined) return;
    const { timers, random } = this.#engine.environment;
    const attempt = this.#sameObstacle++;
    const delay = delayOf({ attempt, remaining: head.remaining, ttlLeft: undefined, random });
    this.#cancelTimer?.();
    this.#cancelTimer = timers.set(() => this.attempt(), delay);
  }

  #meet(obstacle: Obstacle): void {
    if (this.#obstacle?.is !== obstacle.is) this.#sameObstacle = 0;
    this.#obstacle = obstacle;
  }

  #newBid(): Bid {
    return new Bid(this.#engine, this.#for.keys, (grant) => this.#onMessage(grant));
  }

  #end(): void {
    this.#over = true;
    this.#cancelTimer?.();
  }
}
