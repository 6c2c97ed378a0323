import type { Tenure } from '../kinds/kind.js';
import type { Claim, LockSite, ReleaseOutcome } from './claim.js';
import type { Engine } from './engine.js';
import type { Lease } from './lease.js';
import { release, takeBack } from './release.js';

/** How many sections of one process an ownership in Redis may serve before other processes get their turn. */
export const SECTIONS = 11;

/** An ownership in Redis that serves one section of this process after the other. */
export class Tenancy {
  readonly lease: Lease;
  readonly #engine: Engine;
  readonly #tenure: Tenure;
  readonly #commandTimeout: number;
  /** Settles when no command is under way that could still bring the token back. */
  readonly #quiet: Promise<unknown> | undefined;
  #nextFence: number;
  #left: number;

  constructor(
    engine: Engine,
    grant: {
      tenure: Tenure;
      commandTimeout: number;
      lease: Lease;
      fence: number;
      quiet?: Promise<unknown> | undefined;
    },
  ) {
    this.#engine = engine;
    this.#tenure = grant.tenure;
    this.#commandTimeout = grant.commandTimeout;
    this.#quiet = grant.quiet;
    this.#nextFence = grant.fence;
    this.#left = grant.tenure.sections;
    this.lease = grant.lease;
  }

  /**
   * Whether another section can be served that needs `minValidity` ms of the lease.
   *
   * The lease bounds the sections in time as well: nobody else waits longer for them than for one holder.
   */
  canServe(minValidity: number): boolean {
    return this.#left > 0 && this.lease.remaining >= minValidity;
  }

  /** Begins a section. @returns its fencing token */
  serve(): number {
    this.#left--;
    return this.#nextFence++;
  }

  /** Gives the ownership back. Never rejects. */
  release(site: LockSite): Promise<ReleaseOutcome> {
    const claim: Claim = { site, tenure: this.#tenure, commandTimeout: this.#commandTimeout };
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
}
