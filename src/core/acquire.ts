import { LockBackendError, LockClosedError, LockTimeoutError } from '../errors.js';
import type { AcquireReply } from '../kinds/kind.js';
import { nextDelay, WHILE_BUSY, WHILE_FAILING } from './backoff.js';
import type { Claim } from './claim.js';
import type { Engine } from './engine.js';
import { execute, type Execution } from './execute.js';
import { Lease } from './lease.js';
import { ENDED, Patience } from './patience.js';
import { takeBack } from './release.js';

/** What one call asks for. */
export interface AcquireRequest extends Claim {
  /** Longest wait for the grant, in ms; 0 tries once, Infinity waits. */
  readonly timeout: number;
  /** The caller's wish to stop waiting. */
  readonly signal: AbortSignal | undefined;
  /** A grant with less validity left than this, in ms, is given back and tried again. */
  readonly minValidity: number;
}

/** The lock is the caller's while the lease lasts. */
export interface Grant {
  readonly lease: Lease;
  /** What the caller owns: to be given back once. */
  readonly claim: Claim;
  /** How long the caller has waited, in ms. */
  readonly waited: number;
}

/** What stood in the way at the last look; it decides which error a caller gets whose patience has ended. */
type Obstacle =
  | { readonly is: 'holder'; readonly who: string | undefined }
  | {
      readonly is: 'backend';
      readonly reason: string;
      readonly message: string;
      readonly retryable: boolean;
    };

/**
 * Tries until the lock is granted or the caller's patience ends. Nothing stays behind in Redis when it throws.
 *
 * @throws {LockTimeoutError} the lock was somebody else's until `timeout` had passed
 * @throws {LockBackendError} Redis did not answer until then, or refuses for good
 * @throws {LockClosedError} the locker closes
 * @throws the signal's reason when `signal` aborts
 */
export async function acquire(engine: Engine, request: AcquireRequest): Promise<Grant> {
  const { environment, closing } = engine;
  const patience = new Patience(environment, request.timeout, request.signal, closing);
  try {
    return await new Acquisition(engine, request, patience).run();
  } finally {
    patience.dispose();
  }
}

/**
 * The attempts of one call. One token serves them until it is granted, so that a lost reply is found again by the next
 * attempt. A token that is being given back is never used again: the give-back would take away what it brings.
 */
class Acquisition {
  readonly #engine: Engine;
  readonly #request: AcquireRequest;
  readonly #patience: Patience;
  readonly #startedAt: number;
  #claim: Claim;
  /** Grants that came too late and whose give-back Redis has not confirmed: epoch ms until which each may last. */
  readonly #givenBack = new Set<number>();
  #obstacle: Obstacle | undefined;
  #toldWaiting = false;
  /** Attempts in a row that met the same kind of obstacle; the delays grow with it. */
  #sameObstacle = 0;
  /** Epoch ms until which an unanswered attempt may hold the key; undefined while all were answered. */
  #unknownUntil: number | undefined;

  constructor(engine: Engine, request: AcquireRequest, patience: Patience) {
    this.#engine = engine;
    this.#request = request;
    this.#patience = patience;
    this.#claim = request;
    this.#startedAt = engine.environment.clock.mono();
  }

  async run(): Promise<Grant> {
    while (this.#patience.end === undefined) {
      const attempt = this.#attempt();
      const execution = await this.#patience.race(attempt);
      if (execution === ENDED) return this.#refuse(attempt);
      const next = execution.ok ? this.#onReply(execution) : this.#onFailure(execution);
      if (typeof next !== 'number') return next;
      if (this.#request.timeout === 0) break;
      await this.#patience.sleep(next);
    }
    return this.#refuse();
  }

  #attempt(): Promise<Execution<AcquireReply>> {
    const { tenure, commandTimeout } = this.#claim;
    return execute(this.#engine, this.#engine.kind.acquire(tenure), commandTimeout, [tenure.token]);
  }

  /** The grant, or the ms until the next attempt. */
  #onReply({ reply, sentAt }: Extract<Execution<AcquireReply>, { ok: true }>): Grant | number {
    const { tenure, timeout, minValidity, site } = this.#request;
    if (!reply.granted) {
      if (!this.#toldWaiting && timeout > 0) {
        this.#toldWaiting = true;
        this.#engine.events.emit('waiting', { ...site, holder: reply.holder });
      }
      if (this.#obstacle?.is !== 'holder') this.#sameObstacle = 0;
      this.#obstacle = { is: 'holder', who: reply.holder };
      return this.#nextDelay(reply.ttlLeft);
    }
    const lease = new Lease(this.#engine.environment.clock, sentAt, tenure.ttl);
    const ended = this.#patience.end !== undefined;
    if (!ended && lease.remaining >= minValidity) {
      return { lease, claim: this.#claim, waited: this.#waited };
    }
    this.#giveBack();
    if (ended) return 0;
    const remaining = Math.round(lease.remaining);
    this.#meetBackend({
      reason: 'TOO_SLOW',
      message: `the grant came with ${remaining} ms of its ${tenure.ttl} ms left, less than the minValidity of ${minValidity} ms`,
      retryable: true,
    });
    return this.#nextDelay(undefined);
  }

  /** In the background: no caller waits longer than it wants to for the reply to a give-back. */
  #giveBack(): void {
    const claim = this.#claim;
    const until = this.#engine.environment.clock.wall() + claim.tenure.ttl;
    this.#givenBack.add(until);
    this.#engine.cleanup.start(async () => {
      if (await takeBack(this.#engine, claim)) this.#givenBack.delete(until);
    });
    this.#claim = { ...claim, tenure: { ...claim.tenure, token: this.#engine.environment.newToken() } };
    this.#unknownUntil = undefined;
  }

  /** The ms until the next attempt. */
  #onFailure({ failure }: Extract<Execution<AcquireReply>, { ok: false }>): number {
    const { site } = this.#request;
    if (failure.outcome === 'unknown') this.#mayHold();
    this.#engine.events.emit('failure', {
      ...site,
      operation: 'acquire',
      reason: failure.reason,
      message: failure.message,
    });
    this.#meetBackend(failure);
    if (!failure.retryable) return this.#refuse();
    return this.#nextDelay(undefined);
  }

  #meetBackend({ reason, message, retryable }: Omit<Extract<Obstacle, { is: 'backend' }>, 'is'>): void {
    if (this.#obstacle?.is !== 'backend') this.#sameObstacle = 0;
    this.#obstacle = { is: 'backend', reason, message, retryable };
  }

  #nextDelay(ttlLeft: number | undefined): number {
    return nextDelay(this.#obstacle?.is === 'backend' ? WHILE_FAILING : WHILE_BUSY, {
      attempt: this.#sameObstacle++,
      remaining: this.#patience.remaining,
      ttlLeft,
      random: this.#engine.environment.random,
    });
  }

  /**
   * Throws what the caller gets, at once; what unanswered attempts may have left in Redis is taken back behind its back.
   *
   * @param underWay - the attempt that has not been answered yet, if there is one
   */
  #refuse(underWay?: Promise<Execution<AcquireReply>>): never {
    const before = this.#unknownUntil;
    const claim = this.#claim;
    if (underWay !== undefined) this.#mayHold();
    if (this.#unknownUntil !== undefined) {
      this.#engine.cleanup.start(async () => {
        // Not before the answer: where two commands may travel on two connections, the release could be there first.
        const last = await underWay;
        const neverHeld = before === undefined && last?.ok === true && !last.reply.granted;
        if (!neverHeld) await takeBack(this.#engine, claim);
      });
    }
    const error = this.#reason();
    this.#engine.events.emit('refused', { ...this.#request.site, waited: this.#waited, error });
    throw error;
  }

  #mayHold(): void {
    this.#unknownUntil = this.#engine.environment.clock.wall() + this.#request.tenure.ttl;
  }

  #reason(): unknown {
    const { end } = this.#patience;
    const { site, timeout, commandTimeout } = this.#request;
    const { key } = site;
    const waited = this.#waited;
    const obstacle = this.#obstacle;
    if (obstacle?.is === 'backend' && !obstacle.retryable) return this.#backendError(obstacle);
    if (end?.why === 'aborted') return end.reason;
    if (end?.why === 'closed') return new LockClosedError(key);
    if (obstacle?.is === 'holder')
      return new LockTimeoutError({ key, timeout, waited, holder: obstacle.who });
    if (obstacle?.is === 'backend') return this.#backendError(obstacle);
    const patient = Math.min(timeout, commandTimeout);
    return this.#backendError({
      reason: 'NO_REPLY',
      message: `no reply within ${patient} ms`,
      retryable: true,
    });
  }

  #backendError(obstacle: { reason: string; message: string; retryable: boolean }): LockBackendError {
    const { reason, message, retryable } = obstacle;
    const unknown = [...this.#givenBack, ...(this.#unknownUntil === undefined ? [] : [this.#unknownUntil])];
    return new LockBackendError({
      key: this.#request.site.key,
      reason,
      message,
      retryable,
      waited: this.#waited,
      unknownUntil: unknown.length === 0 ? undefined : Math.max(...unknown),
    });
  }

  get #waited(): number {
    return this.#engine.environment.clock.mono() - this.#startedAt;
  }
}
