import type { Lock } from '../../../src/index.js';

export const TTL = 6_000;
/** An operator's deletion is noticed within a third of the ttl and 50 ms; a waiting program looks at least once a second. */
const [NOTICED, LOOKED] = [TTL / 3 + 50, 1_000];

/** What sums of moments, which have fractions, may be off by, in ms. */
const ROUNDING = 0.01;

/** A call for a lock. */
export interface Call {
  readonly program: number;
  readonly key: string;
  readonly since: number;
  readonly timeout: number;
  readonly extend: boolean;
  readonly abort: AbortController;
  settled: { at: number; truth: number | string | undefined; lock?: Lock; error?: unknown } | undefined;
}

/** A lock that a call was granted. */
export interface Holding {
  readonly program: number;
  readonly key: string;
  readonly lock: Lock;
  readonly extend: boolean;
  /** Without extensions: held at least, and not longer than, in ms of the world. */
  atLeast: number;
  atMost: number;
  /** When somebody took it away in Redis. */
  robbedAt: number | undefined;
  /** Not ours any more, as the program knows. */
  over: boolean;
}

/** What may be observed of locks, whatever is done and in whatever order: everything else is an error. */
export class Model {
  now = 0;
  readonly holdings: Holding[] = [];
  readonly calls: Call[] = [];
  readonly closed = new Set<number>();
  readonly #fences = new Map<string, number>();
  readonly #freeSince = new Map<string, number>();

  robbed(key: string): void {
    for (const one of this.on(key)) one.robbedAt ??= this.now;
    this.#freeSince.delete(key);
  }

  on(key: string, program?: number): Holding[] {
    const fits = (one: Holding) => one.key === key && (program ?? one.program) === program;
    return this.holdings.filter((one) => !one.over && (program === undefined ? one.key === key : fits(one)));
  }

  pending(key: string, program?: number): Call[] {
    const asks = (call: Call) => call.key === key && (program === undefined || call.program === program);
    return this.calls.filter((call) => call.settled === undefined && asks(call));
  }

  /** Whether a try must be granted, must be refused, or may be either. */
  expected(program: number, key: string, truth: unknown): boolean | undefined {
    if (truth !== undefined) return false;
    return this.pending(key).length + this.on(key, program).length === 0 ? true : undefined;
  }

  settle(call: Call, settled: NonNullable<Call['settled']>): void {
    call.settled = settled;
    const { program, key, since, timeout, abort, extend } = call;
    const { lock, error, truth, at } = settled;
    const isTold = at <= since + timeout + ROUNDING || abort.signal.aborted || this.closed.has(program);
    if (!isTold)
      throw new Error(`${key} was answered ${at - since} ms after it was asked for, not ${timeout}`);
    if (lock === undefined) {
      const { code } = error as { code?: string };
      const why = { LOCK_TIMEOUT: at >= since + timeout - ROUNDING, LOCK_CLOSED: this.closed.has(program) }[
        code ?? ''
      ];
      if (why !== true && error !== abort.signal.reason) throw error;
      return;
    }
    // One that is handed on inside its program, which has not noticed the theft.
    const mine = this.holdings.filter((one) => one.key === key && one.program === program);
    const robbedAt = truth === program ? undefined : mine.at(-1)?.robbedAt;
    if (truth !== program && robbedAt === undefined)
      throw new Error(`${program} was granted ${key}, which ${String(truth)} has`);
    const last = this.#fences.get(key) ?? 0;
    if (robbedAt === undefined && lock.fencingToken <= last)
      throw new Error(`${lock.fencingToken} after ${last}`);
    this.#fences.set(key, Math.max(last, lock.fencingToken));
    this.holdings.push({
      program,
      key,
      lock,
      extend,
      atLeast: at + TTL / 2,
      atMost: at + TTL,
      robbedAt,
      over: false,
    });
  }

  /** @param truthOf - which program has the lock according to Redis */
  check(keys: readonly string[], truthOf: (key: string) => unknown): void {
    for (const key of keys) {
      const valid = this.on(key).filter(({ lock, robbedAt }) => lock.held && robbedAt === undefined);
      if (valid.length > 1) throw new Error(`${valid.length} programs hold ${key}`);
      for (const one of this.on(key)) this.#checkHeld(one, truthOf(key));
      if (truthOf(key) === undefined) this.#checkServed(key);
      else this.#freeSince.delete(key);
    }
    const late = this.calls.filter(
      (one) => one.settled === undefined && this.now > one.since + one.timeout + ROUNDING,
    );
    if (late.length > 0) throw new Error(`${late.length} calls wait for longer than their timeouts`);
  }

  #checkHeld(one: Holding, truth: unknown): void {
    const { lock, robbedAt, program, key, extend } = one;
    const mayBe = !extend ? this.now < one.atMost : robbedAt === undefined || this.now <= robbedAt + NOTICED;
    const mustBe = robbedAt === undefined && (extend || this.now < one.atLeast);
    if (lock.held ? !mayBe : mustBe)
      throw new Error(`${program} has ${key}: it says ${String(lock.held)} at ${this.now}`);
    if (lock.held && robbedAt === undefined && truth !== program)
      throw new Error(`${program} believes to hold ${key}, and Redis says ${String(truth)}`);
    if (lock.held) return;
    const { reason } = lock.signal.reason as { reason?: string };
    const wanted = robbedAt === undefined ? ['expired'] : extend ? ['taken'] : ['taken', 'expired'];
    if (!wanted.includes(reason ?? '')) throw new Error(`${key} was lost: ${String(reason)}`);
    one.over = true;
  }

  /** Whoever waits for a lock that nobody has is granted it soon, unless their program believes to have it. */
  #checkServed(key: string): void {
    const since = this.#freeSince.get(key) ?? this.now;
    this.#freeSince.set(key, since);
    const waiting = this.pending(key).filter(({ program }) => this.on(key, program).length === 0);
    if (waiting.length === 0) this.#freeSince.delete(key);
    else if (this.now > since + LOOKED)
      throw new Error(`${key} is free since ${since}, and somebody waits at ${this.now}`);
  }
}
