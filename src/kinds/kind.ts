import type { Script } from '../scripts/script.js';

/** The Redis keys of one lock, all in one hash slot. */
export interface LockKeys {
  /** Who holds it. */
  readonly lock: string;
  /** The last fencing token that was given out. */
  readonly fence: string;
  /** Which processes wait for it, and since when. */
  readonly queue: string;
  /** How to reach them. */
  readonly waiters: string;
}

/** One ownership in Redis: what an acquire writes and a release takes away. */
export interface Tenure {
  readonly keys: LockKeys;
  /** Random proof of ownership. Secret: whoever knows it can release the lock. */
  readonly token: string;
  /** How long Redis keeps the lock when nobody gives it back, in ms. */
  readonly ttl: number;
  /** Who holds it, for people: host, process id and name of the lock site. */
  readonly who: string;
  /** How many fencing tokens the ownership needs: one for each section that it may serve. */
  readonly sections: number;
}

/** A script with its keys and arguments, and how to read its reply. */
export interface Call<Result> {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly string[];
  /** What must not show in anything that is told about the call. */
  readonly secrets: readonly string[];
  /** @throws {UnexpectedReplyError} on anything that the script can not have returned */
  read(reply: unknown): Result;
  /** Whether a reply says that what was asked for is done. */
  isDone(reply: Result): boolean;
  /** What the replies of two servers that both have done it, or both have not, come to. */
  merge(one: Result, other: Result): Result;
  /**
   * What it counts as when some of several servers refuse, and others do not say: enough is known of a lock that was not
   * got, but not of one that may be lost.
   */
  readonly inDoubt: 'refused' | 'failed';
  /**
   * Of a call that takes a lock which one of several callers can have, and the others never: several servers are asked one after the other, so
   * that those who ask at the same moment do not get some of them each, and none of them a majority.
   */
  readonly inTurn?: true;
  /** Of a call that takes the lock: makes sure that its server has no lower fencing token than those of a grant. */
  raise?(reply: Result): Call<RaiseReply> | undefined;
  /** Of a call for a lock that is ours: takes it on one of several servers that does not have it. Undefined when it is not ours any more. */
  readonly mend?: (() => Call<AcquireReply> | undefined) | undefined;
}

/** What is sent to a server. */
export type Command = Pick<Call<unknown>, 'script' | 'keys' | 'args'>;

/** A command whose reply proves that it is the reply to it. */
interface SignedCommand extends Command {
  /**
   * @returns what the script returns to the call itself
   * @throws {UnexpectedReplyError} on the reply to another call
   */
  readonly open: (reply: unknown) => unknown;
}

/** Several calls as one. */
interface JoinedCall extends Command {
  /**
   * @returns for each call, in their order, its reply, or the text of the error that it has ended with
   * @throws {UnexpectedReplyError} on anything that the script can not have returned
   */
  readonly read: (reply: unknown) => readonly unknown[];
}

/** What an acquire found. */
export type AcquireReply =
  | {
      readonly granted: true;
      /** The first fencing token of this ownership; the others follow it without a gap. */
      readonly fence: number;
      /** The server's time of the reply, in µs since the epoch. */
      readonly at: number;
    }
  | {
      readonly granted: false;
      /** What is left of the present holder's ttl, in ms; undefined when its key does not expire. */
      readonly ttlLeft: number | undefined;
      /** The present holder's `who`; undefined when the value was not written by latchkey. */
      readonly holder: string | undefined;
      /** For how long it has held the lock, in ms; undefined when that is not known. */
      readonly heldFor: number | undefined;
      /** The server's time of the reply, in µs since the epoch. */
      readonly at: number;
    };

/** What an acquire of several locks found: all are taken, or none is. */
export type AcquireAllReply =
  | {
      readonly granted: true;
      /** The first fencing token of each, in the order of the tenures. */
      readonly fences: readonly number[];
    }
  | (Extract<AcquireReply, { granted: false }> & {
      /** Which of the tenures stands for the lock in the way. */
      readonly index: number;
    });

/** What a release found: the lock was ours and is free now, or it was not ours any more. */
export type ReleaseReply = 'released' | 'lost';

/** What an extension found: the lock was ours and lasts for the ttl, or it was not ours any more. */
export type ExtendReply = 'extended' | 'lost';

/** What an adoption found: the lock is the new owner's, or it was not there to be adopted any more. */
export type AdoptReply = { readonly adopted: true; readonly fence: number } | { readonly adopted: false };

/** What became of a fencing token: it is known there, or the lock was not ours any more. */
export type RaiseReply = 'raised' | 'lost';

/** The message by which a waiting process hears that the lock has become its own. */
export interface GrantMessage {
  readonly token: string;
  /** The ttl that the server has set, in ms. */
  readonly ttl: number;
  /** The first fencing token. */
  readonly fence: number;
  /** The server's time of the grant, in µs since the epoch. */
  readonly at: number;
}

/**
 * One kind of lock: which keys and scripts it uses.
 *
 * A kind decides nothing about time. Waiting, retrying and giving up are the engine's and written once for all kinds.
 */
export interface Kind {
  /** @param channel - where to tell of a later grant; undefined takes no place in the queue */
  acquire(tenure: Tenure, channel: string | undefined): Call<AcquireReply>;
  /**
   * Takes all locks, or none: without a place in a queue.
   *
   * @param tenures - which differ by their keys only
   */
  acquireAll(tenures: readonly [Tenure, ...Tenure[]]): Call<AcquireAllReply>;
  /**
   * Lets the lock last for `ttl` ms from now, at least, if it is ours; never takes it, and never makes it shorter.
   *
   * @param fence - the first fencing token of the grant: a lock that was granted again since is not that one any more
   */
  extend(tenure: Tenure, ttl: number, fence: number): Call<ExtendReply>;
  /** Makes the lock of `token` that of the tenure, which gets a fencing token of its own; so no two can adopt it. */
  adopt(tenure: Tenure, token: string): Call<AdoptReply>;
  /** Gives the lock back if it is ours, and takes the token out of the queue if it is there. */
  release(tenure: Pick<Tenure, 'keys' | 'token'>): Call<ReleaseReply>;
  /** What is sent for a call with a nonce, by which the reply to it is told from the replies to others. */
  sign(call: Command, nonce: string): SignedCommand;
  /** The calls, which may be about different locks, as one call that does them in their order. */
  join(calls: readonly Call<unknown>[]): JoinedCall;
  /** @returns undefined when `message` is none that a script has sent */
  readGrant(message: string): GrantMessage | undefined;
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
