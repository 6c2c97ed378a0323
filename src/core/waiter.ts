import { LockTimeoutError } from '../errors.js';
import type { Engine } from './engine.js';
import { type Obstacle, reasonOf } from './obstacle.js';
import { Patience } from './patience.js';
import type { AcquireRequest, Grant } from './request.js';

/** One call that wants a lock: settles once, with a grant or with the reason for which there is none. */
export class Waiter {
  readonly request: AcquireRequest;
  readonly patience: Patience;
  readonly granted: Promise<Grant>;
  /** Whether it counts as one who waits. */
  counted = false;
  /** What to do when the patience ends; set by whoever has the waiter in a line. */
  onEnd: () => void = () => undefined;
  readonly #engine: Engine;
  readonly #startedAt: number;
  #resolve!: (grant: Grant) => void;
  #reject!: (reason: unknown) => void;
  #told = false;

  constructor(engine: Engine, request: AcquireRequest) {
    this.#engine = engine;
    this.request = request;
    this.#startedAt = request.since ?? engine.environment.clock.mono();
    this.granted = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    const { environment, closing } = engine;
    const { timeout, signal } = request;
    this.patience = new Patience(environment, timeout, signal, closing, () => this.onEnd(), this.#startedAt);
  }

  /** Who it is, for people: host, process id and name of the lock site. */
  get who(): string {
    return `${this.#engine.environment.process} ${this.request.site.name}`;
  }

  /** How long it has waited, in ms. */
  get waited(): number {
    return this.#engine.environment.clock.mono() - this.#startedAt;
  }

  /** Tells once that somebody else has the lock. */
  tell(holder: string | undefined): void {
    if (this.#told) return;
    this.#told = true;
    this.#engine.events.emit('waiting', this.request.site, { holder });
  }

  grant({ lease, fencingToken, extend, release, detach, contain }: Omit<Grant, 'waited'>): void {
    this.patience.dispose();
    this.#resolve({ lease, fencingToken, waited: this.waited, extend, release, detach, contain });
  }

  /** From now on the end of its patience changes nothing: it is about to be refused. */
  forsake(): void {
    this.onEnd = () => undefined;
  }

  /** @param unknownUntil - epoch ms until which something of this call may be in Redis, if that is so */
  refuse(obstacle: Obstacle | undefined, unknownUntil: number | undefined): void {
    this.forsake();
    const { request, waited } = this;
    const { end } = this.patience;
    const now = this.#engine.environment.clock.mono();
    this.refuseWith(reasonOf({ request, end, obstacle, waited, unknownUntil, now }));
  }

  refuseWith(error: unknown): void {
    this.patience.dispose();
    const { events } = this.#engine;
    const { site, timeout } = this.request;
    if (timeout === 0 && error instanceof LockTimeoutError) {
      events.emit('busy', site, { holder: error.holder });
    } else {
      events.emit('refused', site, { waited: this.waited, error });
    }
    this.#reject(error);
  }
}

/** Refuses a call for which nothing is to be done any more. Always rejects. */
export function refuseAtOnce(
  engine: Engine,
  request: AcquireRequest,
  obstacle: Obstacle,
  unknownUntil: number | undefined,
): Promise<never> {
  const waiter = new Waiter(engine, request);
  waiter.refuse(obstacle, unknownUntil);
  return waiter.granted as Promise<never>;
}
