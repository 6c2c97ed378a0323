import type { Adapter } from '../adapters/adapter.js';
import type { Call, Command, Kind } from '../kinds/kind.js';
import type { Environment } from './environment.js';
import { type Failure, readFailure } from './failure.js';

/** A call on its way to Redis, and who wants to know what comes back. */
export interface Parcel {
  readonly call: Call<unknown>;
  /** Whether somebody still waits for what comes back. */
  readonly wanted: () => boolean;
  /** Something has come back, and is told in a moment: nobody need wait for it any longer. */
  readonly onArrival: () => void;
  readonly onReply: (reply: unknown) => void;
  readonly onFailure: (failure: Failure) => void;
}

/** Most steps in one command: a server is busy with them for about a millisecond, in which nobody else is served. */
const MOST_STEPS = 64;

/**
 * To how many callers in a turn what has come back is told. What these have to send goes out before the next ones are
 * told, so that server and client work at the same time and not in turns.
 */
const TOLD_AT_ONCE = 8;

/**
 * Carries calls to Redis. Those that are made in one turn of the event loop travel as one command where they may: what
 * a command costs client and server is several times what a step costs.
 */
export class Carrier {
  readonly #adapter: Pick<Adapter, 'run' | 'joins'>;
  readonly #kind: Kind;
  readonly #environment: Environment;
  /** Differs from that of other carriers, which may share the connection. */
  readonly #name: string;
  #sent = 0;
  #joins: boolean;
  #parcels: Parcel[] = [];

  constructor(adapter: Pick<Adapter, 'run' | 'joins'>, kind: Kind, environment: Environment) {
    this.#adapter = adapter;
    this.#kind = kind;
    this.#environment = environment;
    this.#name = `${Math.floor(environment.random() * 36 ** 4).toString(36)}-`;
    this.#joins = adapter.joins === true;
  }

  /** Sends a call, behind all that were sent before it. */
  send(parcel: Parcel): void {
    if (!this.#joins) {
      this.#carry(parcel);
      return;
    }
    this.#parcels.push(parcel);
    if (this.#parcels.length === 1) this.#environment.afterTurn(() => this.#depart());
  }

  #depart(): void {
    const parcels = this.#parcels;
    this.#parcels = [];
    let [from, steps] = [0, 0];
    for (const [at, { call }] of parcels.entries()) {
      // A step that takes several locks counts for as many.
      const more = call.keys.length / call.script.keys;
      if (at > from && steps + more > MOST_STEPS) {
        this.#carryAll(parcels.slice(from, at));
        [from, steps] = [at, 0];
      }
      steps += more;
    }
    this.#carryAll(parcels.slice(from));
  }

  #carryAll(parcels: readonly Parcel[]): void {
    const [first] = parcels;
    if (parcels.length === 1 && first !== undefined) this.#carry(first);
    else this.#carryJoined(parcels);
  }

  #carry({ call, onArrival, onReply, onFailure }: Parcel): void {
    const deliver = (reply: unknown): void => {
      onArrival();
      onReply(reply);
    };
    const fail = (error: unknown): void => {
      onArrival();
      onFailure(readFailure(error, call.secrets));
    };
    this.#run(call, deliver, fail);
  }

  #carryJoined(parcels: readonly Parcel[]): void {
    const calls = parcels.map(({ call }) => call);
    const joined = this.#kind.join(calls);
    const secrets = calls.flatMap((call) => call.secrets);
    const deliver = (raw: unknown): void => {
      let replies: readonly unknown[];
      try {
        replies = joined.read(raw);
      } catch (error) {
        fail(error);
        return;
      }
      this.#tell(parcels, ({ onReply, onFailure }, i) => {
        const reply = replies[i];
        if (typeof reply === 'string') onFailure(readFailure(new Error(reply), secrets));
        else onReply(reply);
      });
    };
    const fail = (error: unknown): void => {
      const failure = readFailure(error, secrets);
      // CROSSSLOT is what Redis says; what stands before several servers has words of its own.
      if (failure.reason === 'CROSSSLOT' || failure.reason === 'ERR') this.#joins = false;
      if (failure.outcome === 'not-done' && !failure.retryable) {
        // Refused as a whole, before any step: each hears on its own what is wrong with it, if anything is. But not those
        // that are given up: what they might take has been taken back by now, and nobody would know of it.
        for (const parcel of parcels) if (parcel.wanted()) this.#carry(parcel);
      } else {
        this.#tell(parcels, ({ onFailure }) => onFailure(failure));
      }
    };
    this.#run(joined, deliver, fail);
  }

  #tell(parcels: readonly Parcel[], tell: (parcel: Parcel, index: number) => void): void {
    for (const { onArrival } of parcels) onArrival();
    let at = 0;
    const tellSome = (): void => {
      for (const parcel of parcels.slice(at, at + TOLD_AT_ONCE)) tell(parcel, at++);
      if (at < parcels.length) this.#environment.nextTurn(tellSome);
    };
    tellSome();
  }

  #run(command: Command, onReply: (reply: unknown) => void, onError: (error: unknown) => void): void {
    // A client, or what stands between it and the server, may confuse replies; then none is taken for a grant.
    const { script, keys, args, open } = this.#kind.sign(
      command,
      `${this.#name}${(this.#sent++).toString(36)}`,
    );
    const deliver = (raw: unknown): void => {
      let reply: unknown;
      try {
        reply = open(raw);
      } catch (error) {
        onError(error);
        return;
      }
      onReply(reply);
    };
    try {
      this.#adapter.run(script, keys, args).then(deliver, onError);
    } catch (error) {
      // An adapter that throws instead of rejecting is read as one that rejects.
      onError(error);
    }
  }
}
