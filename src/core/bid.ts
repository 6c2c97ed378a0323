import type { AcquireReply, GrantMessage, LockKeys, Tenure } from '../kinds/kind.js';
import type { Claim } from './claim.js';
import { type Instant, now } from './clock.js';
import type { Engine } from './engine.js';
import type { Execution } from './executor.js';
import { takeBack } from './release.js';
import type { AcquireRequest } from './request.js';
import { SECTIONS } from './tenancy.js';

/** One command that asks for the lock, and what is not known before it is answered. */
export interface Attempt {
  readonly request: AcquireRequest;
  readonly tenure: Tenure;
  /** Whether it takes a place in the queue when the lock is taken. */
  readonly queues: boolean;
  readonly sentAt: Instant;
  readonly execution: Promise<Execution<AcquireReply>>;
}

/**
 * What one token may have in Redis: a place in the queue, or the lock.
 *
 * The token serves all attempts of the bid, so that a lost reply is found again by the next one. A bid that is withdrawn
 * makes no attempt any more: the withdrawal would take away what it brings.
 */
export class Bid {
  readonly #engine: Engine;
  readonly #keys: LockKeys;
  readonly #token: string;
  readonly #onMessage: (grant: GrantMessage) => void;
  #forget: (() => void) | undefined;
  /** The newest claim: how what was left in Redis is taken back. */
  #claim: Claim | undefined;
  #underWay: Attempt | undefined;
  #since: Instant | undefined;
  #placed = false;
  #granted = false;
  #unknownUntil: number | undefined;
  #longest = 0;

  /** @param onMessage - called when another process' release has granted the lock to this bid */
  constructor(engine: Engine, keys: LockKeys, onMessage: (grant: GrantMessage) => void) {
    this.#engine = engine;
    this.#keys = keys;
    this.#token = engine.environment.newToken();
    this.#onMessage = (grant) => {
      this.#granted = true;
      onMessage(grant);
    };
  }

  /** The attempt that is not answered yet. */
  get underWay(): Attempt | undefined {
    return this.#underWay;
  }

  /** Before this, nothing of the bid can have been in Redis; undefined before the first attempt. */
  get since(): Instant | undefined {
    return this.#since;
  }

  /** The longest ttl that it has asked for, in ms: so long may the lock stand. */
  get longest(): number {
    return this.#longest;
  }

  /** Whether it has a place in the queue for certain. */
  get placed(): boolean {
    return this.#placed;
  }

  /** Epoch ms until which it may hold the lock without our knowing; undefined when it does not. */
  get unknownUntil(): number | undefined {
    return this.#unknownUntil;
  }

  /** What `request` would own under the bid's token for `ttl` ms. */
  tenure({ site }: AcquireRequest, ttl: number): Tenure {
    const who = `${this.#engine.environment.process} ${site.name}`;
    return { keys: this.#keys, token: this.#token, ttl, who, sections: SECTIONS };
  }

  /** Asks once for the lock. Not while another attempt is under way. */
  attempt(request: AcquireRequest): Attempt {
    const { environment, kind, inbox } = this.#engine;
    const { site, ttl, commandTimeout } = request;
    const { channel } = inbox;
    const tenure = this.tenure(request, ttl);
    this.#longest = Math.max(this.#longest, ttl);
    this.#claim = { site, tenure: { ...tenure, ttl: this.#longest }, commandTimeout };
    const sentAt = now(environment.clock);
    this.#since ??= sentAt;
    if (channel !== undefined) this.#forget ??= inbox.expect(this.#token, this.#onMessage);
    const execution = this.#engine.servers.execute(kind.acquire(tenure, channel), commandTimeout);
    const attempt = { request, tenure, queues: channel !== undefined, sentAt, execution };
    this.#underWay = attempt;
    return attempt;
  }

  /** Takes note of what has become of the attempt that was under way. */
  settle({ queues, request }: Attempt, execution: Execution<AcquireReply>): void {
    this.#underWay = undefined;
    if (execution.ok) {
      this.#granted ||= execution.reply.granted;
      this.#placed ||= queues && !execution.reply.granted;
      if (execution.partly === true) this.#mayHold(request.ttl);
    } else if (execution.failure.outcome === 'unknown') {
      this.#mayHold(request.ttl);
    }
  }

  /** Ends the bid whose lock is held from now on: whoever has it gives it back. */
  end(): void {
    this.#forget?.();
  }

  /** Ends the bid: what it may have left in Redis is taken back behind everybody's back. */
  withdraw(): void {
    this.#forget?.();
    const claim = this.#claim;
    const last = this.#underWay;
    if (claim === undefined) return;
    const mayHold = this.#granted || last !== undefined;
    const certain =
      this.#granted || this.#placed || this.#unknownUntil !== undefined || last?.queues === true;
    if (mayHold) this.#mayHold(claim.tenure.ttl);
    if (!certain && !mayHold) return;
    this.#engine.cleanup.start(async () => {
      // Not before the answer: where two commands may travel on two connections, the release could be there first.
      const execution = await last?.execution;
      const nothing = !certain && execution?.ok === true && !execution.reply.granted;
      if (nothing || (await takeBack(this.#engine, claim))) this.#unknownUntil = undefined;
    });
  }

  #mayHold(ttl: number): void {
    this.#unknownUntil = this.#engine.environment.clock.wall() + ttl;
  }
}
