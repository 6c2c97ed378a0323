import type { Script } from '../scripts/script.js';

/** One ownership in Redis: what an acquire writes and a release takes away. */
export interface Tenure {
  /** The lock key in Redis, prefix included. */
  readonly key: string;
  /** Random proof of ownership. Secret: whoever knows it can release the lock. */
  readonly token: string;
  /** How long Redis keeps the lock when nobody gives it back, in ms. */
  readonly ttl: number;
  /** Who holds it, for people: host, process id and name of the lock site. */
  readonly who: string;
}

/** A script with its keys and arguments, and how to read its reply. */
export interface Call<Result> {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** @throws {UnexpectedReplyError} on anything that the script can not have returned */
  read(reply: unknown): Result;
}

/** What an acquire found. */
export type AcquireReply =
  | { readonly granted: true }
  | {
      readonly granted: false;
      /** What is left of the present holder's ttl, in ms; undefined when its key does not expire. */
      readonly ttlLeft: number | undefined;
      /** The present holder's `who`; undefined when the value was not written by latchkey. */
      readonly holder: string | undefined;
    };

/** What a release found: the lock was ours and is free now, or it was not ours any more. */
export type ReleaseReply = 'released' | 'lost';

/**
 * One kind of lock: which keys and scripts it uses.
 *
 * A kind decides nothing about time. Waiting, retrying and giving up are the engine's and written once for all kinds.
 */
export interface Kind {
  acquire(tenure: Tenure): Call<AcquireReply>;
  release(tenure: Tenure): Call<ReleaseReply>;
}

/** A reply that the script can not have returned: never a grant. */
export class UnexpectedReplyError extends Error {
  override readonly name = 'UnexpectedReplyError';
  /** Recognised by code, because a class has another identity in the package's other module format. */
  readonly code = 'UNEXPECTED_REPLY';

  constructor(script: Script, rule: string) {
    // The reply itself is not shown: it may contain a token.
    super(`the reply of the script ${script.name} is not ${rule}`);
  }
}
