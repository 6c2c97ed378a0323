import type { Call } from '../kinds/kind.js';
import type { Instant } from './clock.js';
import type { Failure } from './failure.js';

/** What became of one call: a reply to a command sent at `sentAt`, or a failure. */
export type Execution<Result> =
  | {
      readonly ok: true;
      readonly reply: Result;
      readonly sentAt: Instant;
      /** Some of several servers have done it, or may do it yet, although as a whole it is not done. */
      readonly partly?: boolean;
      /** Those of several servers that have not said what became of it: known when all have answered, or will not. */
      readonly stragglers?: Promise<readonly Executor[]>;
    }
  | { readonly ok: false; readonly failure: Failure };

/** Where calls are done: one server, or several that decide by majority. */
export interface Executor {
  /** Does one call and waits at most `deadline` ms for what comes of it. Never rejects. */
  execute<Result>(call: Call<Result>, deadline: number): Promise<Execution<Result>>;
}
