import type { AcquireReply, Tenure } from '../kinds/kind.js';
import type { Claim, LockSite, ReleaseOutcome } from './claim.js';
import type { Engine } from './engine.js';
import type { Execution } from './executor.js';
import { type ExtendOutcome, Keeper } from './keeper.js';
import type { Lease } from './lease.js';
import { release, takeBack } from './release.js';
import type { AcquireRequest } from './request.js';

/** How many sections of one process an ownership in Redis may serve before other processes get their turn. */
export const SECTIONS = 11;

/** What a grant brings. */
export interface Owned {
  readonly tenure: Tenure;
  readonly lease: Lease;
  /** The first of its fencing tokens. */
  readonly fence: number;
  /** Settles when no command is under way that could still bring the token back. */
  readonly quiet?: Promise<Execution<AcquireReply>> | undefined;
  /** The longest ttl that may be at the key, in ms, where that is not the tenure's. */
  readonly longest?: number;
}

/** An ownership in Redis that serves one section of this process after the other. */
export class Tenancy {
  readonly lease: Lease;
  readonly #engine: Engine;
  readonly #tenure: Tenure;
  readonly #request: AcquireRequest;
  readonly #keeper: Keeper;
  readonly #startedAt: number;
  /** Settles when no command is under way that could still bring the token back. */
  readonly #quiet: Promise<Execution<AcquireReply>> | undefined;
  /** The longest ttl that may be at the key, in ms. */
  #longest: number;
  #nextFence: number;
  #left: number;

  /** @param request - of the caller that is served first; its options are those of the ownership */
  constructor(engine: Engine, request: AcquireRequest, owned: Owned) {
    const { tenure, lease, fence, quiet, longest = 0 } = owned;
    const { site, commandTimeout, extend } = request;
    this.#engine = engine;
    this.#tenure = tenure;
    this.#request = request;
    this.#quiet = quiet;
    this.#longest = Math.max(tenure.ttl, longest);
    this.#nextFence = fence;
    this.#left = tenure.sections;
    this.#startedAt = engine.environment.clock.mono();
    this.lease = lease;
    this.#keeper = new Keeper(engine, { site, tenure, commandTimeout, fence }, lease, extend);
  }

  /**
   * Whether it can serve another section, as that one wants it.
   *
   * Not for longer than a ttl: nobody else waits longer for a line than for a holder that has crashed.
   */
  canServe({ minValidity, ttl, extend }: AcquireRequest): boolean {
    const since = this.#engine.environment.clock.mono() - this.#startedAt;
    const alike = ttl === this.#request.ttl && extend === this.#request.extend && this.#longest === ttl;
    return this.#left > 0 && alike && since < ttl && this.lease.remaining >= minValidity;
  }

  /** Begins a section. @returns its fencing token */
  serve(site: LockSite): number {
    this.#keeper.serve(site);
    this.#left--;
    return this.#nextFence++;
  }

  /** Lets the ownership last for `ttl` ms from now, at least. Never rejects. */
  extend(ttl: number): Promise<ExtendOutcome> {
    this.#longest = Math.max(this.#longest, ttl);
    return this.#keeper.extend(ttl);
  }

  /** Leaves the ownership to somebody else. @returns its token, which is all that it takes */
  detach(): string {
    this.#keeper.stop();
    const quiet = this.#quiet;
    if (quiet !== undefined) {
      // That one may find the lock with its new owner, and take a place in the queue.
      this.#engine.cleanup.start(async () => {
        const execution = await quiet;
        if (execution.ok && !execution.reply.granted)
          await takeBack(this.#engine, this.#claim(this.#request.site));
      });
    }
    return this.#tenure.token;
  }

  /** Gives the ownership back. Never rejects. */
  release(site: LockSite): Promise<ReleaseOutcome> {
    this.#keeper.stop();
    const claim = this.#claim(site);
    const quiet = this.#quiet;
    if (quiet !== undefined) {
      // Where two commands may travel on two connections, that one could be behind the release and bring the lock back.
      this.#engine.cleanup.start(async () => {
        await quiet;
        await takeBack(this.#engine, claim);
      });
    }
    return release(this.#engine, claim);
  }

  #claim(site: LockSite): Claim {
    const tenure = { ...this.#tenure, ttl: this.#longest };
    return { site, tenure, commandTimeout: this.#request.commandTimeout };
  }
}
