import type { Adapter, Unsubscribe } from '../adapters/adapter.js';
import type { GrantMessage, Kind } from '../kinds/kind.js';
import type { Environment } from './environment.js';

/** Where the scripts tell waiting processes of grants. A name of its own, since a prefix may have spaces. */
const CHANNEL = 'latchkey:';

/** Of one where the server that grants may not know whether somebody listens. The scripts know it by this beginning. */
const UNCOUNTED = `${CHANNEL}any:`;

/** How long to do without messages after a subscription has failed, in ms. */
const PAUSE = 5_000;

/**
 * Where this locker hears of grants: one subscription, opened when somebody first has to wait.
 *
 * A message counts for nothing but its token, and each token is expected once: those that are late, doubled or forged find
 * nobody. Those that are lost are made up for by the next attempt.
 */
export class Inbox {
  readonly #adapter: Adapter | undefined;
  readonly #kind: Kind;
  readonly #environment: Environment;
  readonly #channel: string;
  readonly #expected = new Map<string, (grant: GrantMessage) => void>();
  readonly #abandon = new AbortController();
  #unsubscribe: Unsubscribe | undefined;
  #opening: Promise<void> | undefined;
  /** When to try again, on the monotonic clock. */
  #retryAt = -Infinity;

  /** @param adapter - undefined where no messages are sent */
  constructor(adapter: Adapter | undefined, kind: Kind, environment: Environment) {
    this.#adapter = adapter;
    this.#kind = kind;
    this.#environment = environment;
    this.#channel = (adapter?.countsListeners === false ? UNCOUNTED : CHANNEL) + environment.newToken();
  }

  /** Where to send messages to; undefined while nobody would hear them. */
  get channel(): string | undefined {
    return this.#unsubscribe === undefined ? undefined : this.#channel;
  }

  /** Calls `listener` when `token` is granted. @returns how to stop that */
  expect(token: string, listener: (grant: GrantMessage) => void): () => void {
    this.#expected.set(token, listener);
    return () => void this.#expected.delete(token);
  }

  /** Resolves, and never rejects, when it is open or when that has failed: then waiting goes on without messages. */
  open(): Promise<void> {
    if (this.#adapter === undefined || this.channel !== undefined) return Promise.resolve();
    if (this.#environment.clock.mono() < this.#retryAt) return Promise.resolve();
    return (this.#opening ??= this.#open(this.#adapter));
  }

  /** Ends the subscription; one that has not come about yet is given up. */
  async close(): Promise<void> {
    this.#abandon.abort();
    await this.#unsubscribe?.();
  }

  async #open(adapter: Adapter): Promise<void> {
    const { signal } = this.#abandon;
    try {
      const receive = (text: string): void => this.#receive(text);
      const unsubscribe = await adapter.subscribe(this.#channel, receive, signal);
      if (signal.aborted) await unsubscribe();
      else this.#unsubscribe = unsubscribe;
    } catch {
      this.#retryAt = this.#environment.clock.mono() + PAUSE;
    }
    this.#opening = undefined;
  }

  #receive(text: string): void {
    const grant = this.#kind.readGrant(text);
    if (grant !== undefined) this.#expected.get(grant.token)?.(grant);
  }
}
