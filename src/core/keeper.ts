import { nextDelay, WHILE_FAILING } from './backoff.js';
import type { Claim, LockSite } from './claim.js';
import type { CancelTimer } from './clock.js';
import type { Engine } from './engine.js';

import { type Lease, margin } from './lease.js';

/**
 * What became of an extension: `extended`; `lost`, the lock had not been ours any more; `unknown`, Redis did not say, and
 * the lease lasts as long as it was certain to last before.
 */
export type ExtendOutcome = 'extended' | 'lost' | 'unknown';

/** A claim that was granted. */
interface GrantedClaim extends Claim {
  /** The first fencing token of the grant. */
  readonly fence: number;
}

/** With which part of the ttl left a lease is extended: so soon that two attempts may fail before it is over. */
const PART_LEFT = 2 / 3;

/**
 * Keeps a lease while somebody works under it, and notices when it is over.
 *
 * Its timers are no reason for the process to stay alive.
 */
export class Keeper {
  /** Who works under the lease at the moment, and since when. */
  #site: LockSite;
  #servedAt: number;
  readonly #engine: Engine;
  readonly #claim: GrantedClaim;
  readonly #lease: Lease;
  readonly #extends: boolean;
  #cancelNext: CancelTimer | undefined;
  #cancelEnd: CancelTimer | undefined;
  #failed = 0;
  #stopped = false;

  /** @param extend - whether it extends by itself */
  constructor(engine: Engine, claim: GrantedClaim, lease: Lease, extend: boolean) {
    this.#site = claim.site;
    this.#servedAt = engine.environment.clock.mono();
    this.#engine = engine;
    this.#claim = claim;
    this.#lease = lease;
    this.#extends = extend;
    this.#plan();
  }

  /** From now on, somebody else works under the lease. */
  serve(site: LockSite): void {
    this.#site = site;
    this.#servedAt = this.#engine.environment.clock.mono();
  }

  /** Extends no more: the lock is given back. */
  stop(): void {
    this.#stopped = true;
    this.#cancelNext?.();
    this.#cancelEnd?.();
  }

  /** Lets the lock last for `ttl` ms from now, at least. Never rejects. */
  async extend(ttl: number): Promise<ExtendOutcome> {
    if (this.#stopped || this.#lease.remaining === 0) return 'lost';
    this.#watchEnd();
    const { environment, events, kind } = this.#engine;
    const { tenure, commandTimeout, fence } = this.#claim;
    // However patient commands are, there must be time for another attempt; and the reply to this one still counts.
    if (this.#extends && commandTimeout > tenure.ttl / 4) this.#extendIn(tenure.ttl / 4);
    const call = kind.extend(tenure, ttl, fence);
    const { mend } = call;
    const executed = this.#engine.servers.execute(
      // A server may answer when the lock has been given back: then nothing is to be taken there.
      mend === undefined ? call : { ...call, mend: () => (this.#stopped ? undefined : mend()) },
      commandTimeout,
    );
    // The lock may be given back, and its locker closed, before it is answered.
    this.#engine.cleanup.start(async () => {
      await executed;
    });
    const execution = await executed;
    if (this.#isStopped() || this.#lease.remaining === 0) return 'lost';
    if (!execution.ok) {
      const { reason, message } = execution.failure;
      events.emit('failure', this.#site, { operation: 'extend', reason, message });
      this.#failed++;
      this.#plan();
      return 'unknown';
    }
    if (execution.reply === 'lost') this.#lease.finish('taken');
    else this.#lease.renew(execution.sentAt, ttl);
    const { remaining } = this.#lease;
    if (remaining === 0) {
      this.stop();
      return 'lost';
    }
    this.#failed = 0;
    events.emit('extended', this.#site, { held: environment.clock.mono() - this.#servedAt, remaining });
    this.#plan();
    return 'extended';
  }

  /** A function, since it may have become so while somebody waited. */
  #isStopped(): boolean {
    return this.#stopped;
  }

  #plan(): void {
    if (this.#stopped) return;
    const { random } = this.#engine.environment;
    if (!this.#extends || this.#failed > 0) this.#watchEnd();
    else this.#unwatchEnd();
    if (!this.#extends) return;
    const { remaining } = this.#lease;
    const { ttl } = this.#claim.tenure;
    const length = ttl - margin(ttl);
    // Not later when the lease is longer than usual: the extension also finds out whether somebody has taken the lock away.
    const next = Math.min(remaining - length * PART_LEFT, length * (1 - PART_LEFT));
    const delay =
      this.#failed === 0
        ? Math.max(0, next)
        : nextDelay(WHILE_FAILING, { attempt: this.#failed - 1, remaining, ttlLeft: undefined, random });
    this.#extendIn(delay);
  }

  #extendIn(delay: number): void {
    const { ttl } = this.#claim.tenure;
    this.#cancelNext?.();
    this.#cancelNext = this.#engine.environment.timers.set(() => void this.extend(ttl), delay, true);
  }

  /** Notices the end by the clock, without an answer from anybody. */
  #watchEnd(): void {
    this.#unwatchEnd();
    const look = (): void => {
      const { remaining } = this.#lease;
      if (remaining === 0) this.stop();
      else this.#cancelEnd = this.#engine.environment.timers.set(look, remaining, true);
    };
    look();
  }

  #unwatchEnd(): void {
    this.#cancelEnd?.();
    this.#cancelEnd = undefined;
  }
}
