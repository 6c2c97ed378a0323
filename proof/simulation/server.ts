import { Keyspace } from '../../src/adapters/memory/keyspace.js';
import { twins } from '../../src/adapters/memory/twins.js';
import type { World } from './world.js';

const EPOCH = 1_700_000_000_000;

/** A lock as it lies in the server. */
export interface Stored {
  readonly key: string;
  readonly token: string;
  /** PTTL, in ms. */
  readonly ttl: number;
}

/** What hears of each script that was done. */
export type Witness = (args: readonly string[], before: readonly Stored[], after: readonly Stored[]) => void;

type Row = readonly [key: string, value: string | ReadonlyMap<string, string>, expiresAt: number];

/** One Redis: a keyspace with the twins of the scripts, and a clock. */
export class SimulatedServer {
  keyspace: Keyspace;
  /** The reply to everything until `refusesUntil`. */
  refusal = '';
  refusesUntil = 0;
  /** Called when its connections break. */
  readonly onBreak = new Set<() => void>();
  #shift: number;
  #copy: readonly Row[] = [];

  constructor(
    readonly world: World,
    readonly lockKeys: readonly string[],
    readonly witness: Witness,
  ) {
    this.#shift = world.random() * 10;
    this.keyspace = new Keyspace(this.#now);
    this.keyspace.set('lock:~memory', '1');
  }

  execute(script: string, keys: readonly string[], args: readonly string[]): unknown {
    if (this.world.now < this.refusesUntil) throw new Error(this.refusal);
    const twin = twins.get(script);
    if (twin === undefined) throw new Error(`ERR there is no script ${script}`);
    const before = this.stored();
    try {
      return twin(this.keyspace, keys, args);
    } finally {
      this.witness(args, before, this.stored());
    }
  }

  stored(): Stored[] {
    const found: Stored[] = [];
    for (const key of this.lockKeys) {
      const value = this.keyspace.get(key);
      if (value !== null) found.push({ key, token: value.split(' ', 1)[0]!, ttl: this.keyspace.ttl(key) });
    }
    return found;
  }

  jump(ms: number): void {
    this.#shift += ms;
  }

  restart(): void {
    this.#begin([]);
  }

  /** The replica takes note of all that there is at the moment. */
  replicate(): void {
    this.#copy = this.keyspace.keys().map((key) => {
      const value = key.endsWith(':waiters') ? new Map(this.keyspace.fields(key)) : this.keyspace.get(key)!;
      const ttl = this.keyspace.ttl(key);
      return [key, value, ttl < 0 ? Infinity : this.#now() + ttl];
    });
  }

  /** The replica, on a clock that agrees, becomes the server: what came after {@link replicate} is lost. */
  failOver(): void {
    this.#begin(this.#copy);
  }

  readonly #now = (): number => EPOCH + this.#shift + this.world.now;

  #begin(rows: readonly Row[]): void {
    this.keyspace = new Keyspace(this.#now);
    for (const [key, value, expiresAt] of rows) {
      const ttl = expiresAt - this.#now();
      if (ttl <= 0) continue;
      if (typeof value === 'string') this.keyspace.set(key, value, ttl);
      else {
        for (const [field, text] of value) this.keyspace.setField(key, field, text);
        this.keyspace.expire(key, ttl);
      }
    }
    for (const broken of [...this.onBreak]) broken();
  }
}
