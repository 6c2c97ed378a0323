import { duration } from './checks.js';
import type { LockSite, ReleaseOutcome } from './core/claim.js';
import type { CancelTimer } from './core/clock.js';
import type { Engine } from './core/engine.js';
import type { ExtendOutcome } from './core/keeper.js';
import type { Grant } from './core/request.js';
import { LockLostError, type LossReason } from './errors.js';
import type { Lock } from './lock.js';
import { LEAST_TTL } from './options.js';

/** How a lock is held. */
export interface Holding {
  readonly ttl: number;
  /** For how long at most, in ms; Infinity sets no limit. */
  readonly maxHold: number;
  /** Called when it is held no more, whatever the reason. */
  readonly onOver: () => void;
}

/** The lock of one grant. */
export class HeldLock implements Lock {
  readonly #engine: Engine;
  readonly #site: LockSite;
  readonly #grant: Grant;
  readonly #holding: Holding;
  readonly #grantedAt: number;
  readonly #undo: (() => void)[] = [];
  /** Made when somebody asks for its signal. */
  #controller: AbortController | undefined;
  #loss: LockLostError | undefined;
  #release: Promise<ReleaseOutcome> | undefined;

  constructor(engine: Engine, site: LockSite, grant: Grant, holding: Holding) {
    this.#engine = engine;
    this.#site = site;
    this.#grant = grant;
    this.#holding = holding;
    this.#grantedAt = engine.environment.clock.mono();
    this.#undo.push(grant.lease.onEnd((end) => this.lose(end)));
    if (holding.maxHold !== Infinity) this.#undo.push(this.#endAfter(holding.maxHold));
  }

  get key(): string {
    return this.#site.key;
  }

  get fencingToken(): number {
    return this.#grant.fencingToken;
  }

  get waited(): number {
    return this.#grant.waited;
  }

  get remaining(): number {
    return this.#release === undefined && this.loss === undefined ? this.#grant.lease.remaining : 0;
  }

  get held(): boolean {
    return this.remaining > 0;
  }

  /** Why it was lost, by the clock too; undefined while it is held, and when it was given back before. */
  get loss(): LockLostError | undefined {
    // To look at the lease is to notice its end, of which this lock is told then.
    if (this.#loss === undefined && this.#release === undefined) this.#grant.lease.look();
    return this.#loss;
  }

  get signal(): AbortSignal {
    if (this.#controller === undefined) {
      this.#controller = new AbortController();
      if (this.loss !== undefined) this.#controller.abort(this.loss);
    }
    return this.#controller.signal;
  }

  assertHeld(min = 1): void {
    duration('assertHeld: min', min, { min: 0 });
    if (this.loss !== undefined) throw this.loss;
    if (this.#release !== undefined) throw this.#lostBy('released');
    if (this.remaining < min) throw this.#lostBy('short');
  }

  async extend(ttl = this.#holding.ttl): Promise<ExtendOutcome> {
    duration('extend: ttl', ttl, { min: LEAST_TTL });
    return this.held ? this.#grant.extend(ttl) : 'lost';
  }

  /** Takes the lock away from its holder, who is told. */
  lose(reason: LossReason): void {
    if (this.#loss !== undefined || this.#release !== undefined) return;
    this.#loss = this.#lostBy(reason);
    const { held } = this.#loss;
    this.#over();
    this.#engine.events.emit('lost', this.#site, { reason, held });
    this.#controller?.abort(this.#loss);
  }

  release(): Promise<ReleaseOutcome> {
    return (this.#release ??= this.#giveBack());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  get #held(): number {
    return this.#engine.environment.clock.mono() - this.#grantedAt;
  }

  #lostBy(reason: LossReason): LockLostError {
    return new LockLostError({ key: this.key, reason, held: this.#held });
  }

  #endAfter(maxHold: number): CancelTimer {
    // In the background: a holder that hangs is no reason for the process to stay alive.
    return this.#engine.environment.timers.set(
      () => {
        this.lose('max-hold');
        void this.release();
      },
      maxHold,
      true,
    );
  }

  #over(): void {
    for (const undo of this.#undo.splice(0)) undo();
    this.#holding.onOver();
  }

  async #giveBack(): Promise<ReleaseOutcome> {
    const outcome = await this.#grant.release();
    this.#engine.events.emit('released', this.#site, { held: this.#held, outcome });
    this.#over();
    return outcome;
  }
}
