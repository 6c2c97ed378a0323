import { duration } from './checks.js';
import type { LockSite, ReleaseOutcome } from './core/claim.js';
import type { CancelTimer } from './core/clock.js';
import type { Engine } from './core/engine.js';
import type { ExtendOutcome } from './core/keeper.js';
import type { Lines } from './core/lines.js';
import { Nesting } from './core/nesting.js';
import type { Grant, Inner } from './core/request.js';
import { activeFrom, inside, outside, type Section, type Wait } from './context.js';
import { LockLostError, type LossReason } from './errors.js';
import { writeHandOver } from './hand-over.js';
import type { Holding, Whole } from './holding.js';
import type { Lock } from './lock.js';
import { LossSignal } from './loss-signal.js';
import { checkExtension } from './option-values.js';

const NOT_OURS = 'this is the lock of the call around it, which is the one that can hand it over';

/** The lock of one grant, and the section that works under it. */
export class HeldLock implements Lock, Section, Inner {
  readonly #engine: Engine;
  readonly #lines: Lines;
  readonly #site: LockSite;
  readonly #grant: Grant;
  readonly #holding: Holding;
  readonly #grantedAt: number;
  readonly #undo: (() => void)[] = [];
  readonly #signal = new LossSignal();
  #outer: Section | undefined;
  #loss: LockLostError | undefined;
  #release: Promise<ReleaseOutcome> | undefined;
  /** From the moment on in which it begins to be. */
  #givenBack = false;
  #handedOver = false;
  /** Made when something inside asks for the same lock. */
  #nesting: Nesting | undefined;
  /** Made when something inside waits. */
  #waits: Set<Wait> | undefined;

  /** @param outer - the section in which it was asked for */
  constructor(
    engine: Engine,
    lines: Lines,
    site: LockSite,
    grant: Grant,
    holding: Holding,
    outer: Section | undefined,
  ) {
    this.#outer = outer;
    this.#engine = engine;
    this.#lines = lines;
    this.#site = site;
    this.#grant = grant;
    this.#holding = holding;
    this.#grantedAt = engine.environment.clock.mono();
    this.#undo.push(grant.lease.onEnd((end) => this.lose(end)));
    if (holding.maxHold !== Infinity) this.#undo.push(this.#endAfter(holding.maxHold));
  }

  /** What it is a part of, when it was taken with others. */
  whole: Whole | undefined;

  get lock(): Lock {
    return this.whole ?? this;
  }

  get site(): LockSite {
    return this.#site;
  }

  get outer(): Section | undefined {
    // What has ended is forgotten: work that starts its own successor would keep all that were before it.
    this.#outer = activeFrom(this.#outer);
    return this.#outer;
  }

  get owner(): object {
    return this.#holding.owner;
  }

  get lockKey(): string {
    return this.#holding.lockKey;
  }

  get active(): boolean {
    return this.held;
  }

  get waits(): Set<Wait> {
    return (this.#waits ??= new Set());
  }

  /** The calls from inside for this same lock. */
  get nesting(): Nesting {
    return (this.#nesting ??= new Nesting(this.#lines, this.#grant, (waiter) =>
      this.#holding.onward(this.outer, waiter),
    ));
  }

  /** The one of them that works at the moment. */
  get inner(): Section | undefined {
    return this.#nesting?.inner as HeldLock | undefined;
  }

  get key(): string {
    return this.#site.key;
  }

  get keys(): readonly string[] {
    return [this.key];
  }

  get fencingToken(): number {
    return this.#grant.fencingToken;
  }

  get fencingTokens(): ReadonlyMap<string, number> {
    return new Map([[this.key, this.fencingToken]]);
  }

  get waited(): number {
    return this.#grant.waited;
  }

  get remaining(): number {
    return !this.#givenBack && this.loss === undefined ? this.#grant.lease.remaining : 0;
  }

  get held(): boolean {
    return this.remaining > 0;
  }

  /** Why it was lost, by the clock too; undefined while it is held, and when it was given back before. */
  get loss(): LockLostError | undefined {
    this.look();
    return this.#loss;
  }

  /** Notices that it is lost, if it is. */
  look(): void {
    const { lease } = this.#grant;
    if (this.#loss !== undefined || this.#givenBack || !lease.over) return;
    // Who is told of the end has nothing to do with who has looked.
    outside(() => {
      // To ask for the end is to bring it about; this lock is told then, unless it came later than that.
      const { end } = lease;
      if (end !== undefined) this.lose(end);
    });
  }

  get signal(): AbortSignal {
    return this.#signal.get(() => this.loss);
  }

  assertHeld(min = 1): void {
    duration('assertHeld: min', min, { min: 0 });
    if (this.loss !== undefined) throw this.loss;
    if (this.#givenBack) throw this.#lostBy(this.#handedOver ? 'handed-over' : 'released');
    if (this.remaining < min) throw this.#lostBy('short');
  }

  async extend(ttl = this.#holding.ttl): Promise<ExtendOutcome> {
    checkExtension(ttl, this.#holding.maxTtl);
    return this.held ? outside(() => this.#grant.extend(ttl)) : 'lost';
  }

  run<Result>(work: () => Result): Result {
    return inside(this, work);
  }

  serialize(): string {
    this.assertHeld();
    const { detach } = this.#grant;
    if (detach === undefined) throw new TypeError(`serialize: ${NOT_OURS}`);
    this.#handedOver = true;
    this.#givenBack = true;
    this.#release = Promise.resolve('lost');
    const token = outside(() => {
      const detached = detach();
      this.#over('handed-over');
      return detached;
    });
    return writeHandOver({ key: this.key, lockKey: this.lockKey, token });
  }

  /** Takes the lock away from its holder, who is told. */
  lose(reason: LossReason): void {
    if (this.#loss !== undefined || this.#givenBack) return;
    this.#loss = this.#lostBy(reason);
    const { held } = this.#loss;
    this.#over(reason);
    this.#engine.events.emit('lost', this.#site, { reason, held });
    this.#signal.abort(this.#loss);
    this.whole?.lose(this.#loss);
  }

  release(): Promise<ReleaseOutcome> {
    // What is lost by now is not given back, but lost.
    const lost = this.loss !== undefined;
    if (this.#release !== undefined) return this.#release;
    // Whoever is told of what happens now may call this, too: they get what comes of it.
    if (this.#givenBack) return Promise.resolve().then(() => this.release());
    this.#givenBack = true;
    const release = (this.#release = outside(() => this.#giveBack()));
    // A lock that is lost is nobody's, so a locker that closes would not wait for what is under way here.
    if (lost) this.#engine.cleanup.start(() => release.then(() => undefined));
    return release;
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
    const end = (): void => {
      this.lose('max-hold');
      void this.release();
    };
    // In the background: a holder that hangs is no reason for the process to stay alive.
    return this.#engine.environment.timers.set(end, maxHold, true);
  }

  #over(reason: LossReason): void {
    this.#nesting?.end(reason);
    for (const undo of this.#undo.splice(0)) undo();
    this.#holding.onOver();
  }

  async #giveBack(): Promise<ReleaseOutcome> {
    // Before the lock is anybody else's: whoever works inside has it no more.
    this.#nesting?.end('released');
    const outcome = await this.#grant.release();
    this.#engine.events.emit('released', this.#site, { held: this.#held, outcome });
    this.#over('released');
    return outcome;
  }
}
