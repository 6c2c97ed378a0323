import type { LockSite, ReleaseOutcome } from './core/claim.js';
import type { Engine } from './core/engine.js';
import type { Grant } from './core/request.js';
import type { Lock } from './lock.js';

/** The lock of one grant. */
export class HeldLock implements Lock {
  readonly #engine: Engine;
  readonly #site: LockSite;
  readonly #grant: Grant;
  readonly #grantedAt: number;
  readonly #onReleased: () => void;
  #release: Promise<ReleaseOutcome> | undefined;

  constructor(engine: Engine, site: LockSite, grant: Grant, onReleased: () => void) {
    this.#engine = engine;
    this.#site = site;
    this.#grant = grant;
    this.#grantedAt = engine.environment.clock.mono();
    this.#onReleased = onReleased;
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
    return this.#release === undefined ? this.#grant.lease.remaining : 0;
  }

  get held(): boolean {
    return this.remaining > 0;
  }

  release(): Promise<ReleaseOutcome> {
    return (this.#release ??= this.#giveBack());
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.release();
  }

  async #giveBack(): Promise<ReleaseOutcome> {
    const outcome = await this.#grant.release();
    const held = this.#engine.environment.clock.mono() - this.#grantedAt;
    this.#engine.events.emit('released', this.#site, { held, outcome });
    this.#onReleased();
    return outcome;
  }
}
