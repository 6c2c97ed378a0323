import type { Call } from '../kinds/kind.js';
import type { Execution } from './executor.js';
import type { Failure } from './failure.js';

/** What several servers say together. */
export type Verdict<Result> =
  | { readonly is: 'done' | 'refused'; readonly replies: readonly Result[] }
  | { readonly is: 'failed'; readonly failure: Failure };

/** How many of `servers` are a majority: any two majorities have a server in common. */
export function majorityOf(servers: number): number {
  return Math.floor(servers / 2) + 1;
}

/**
 * What a call has come to on several servers.
 *
 * @param votes - of each server; undefined while it has not answered
 * @returns undefined while the servers that have not answered may still decide it
 */
export function count<Result>(
  call: Pick<Call<Result>, 'isDone' | 'inDoubt'>,
  votes: readonly (Execution<Result> | undefined)[],
): Verdict<Result> | undefined {
  const majority = majorityOf(votes.length);
  /** More than so many can keep the others from being a majority. */
  const spare = votes.length - majority;
  const cast = votes.filter((vote) => vote !== undefined);
  const replies = cast.flatMap((vote) => (vote.ok ? [vote.reply] : []));
  const done = replies.filter((reply) => call.isDone(reply));
  const refused = replies.filter((reply) => !call.isDone(reply));
  const failures = cast.flatMap((vote) => (vote.ok ? [] : [vote.failure]));
  const open = votes.length - cast.length;

  if (done.length >= majority) return { is: 'done', replies: done };
  if (refused.length > spare) return { is: 'refused', replies: refused };
  if (done.length + open >= majority) return undefined;
  if (call.inDoubt === 'refused') {
    // Who asked for something that it has not got knows as much as it needs, unless it is for want of servers.
    if (failures.length + open <= spare) return { is: 'refused', replies: refused };
    if (failures.length <= spare) return undefined;
  } else if (refused.length + open > spare) return undefined;
  const isPartly = done.length + open > 0;
  return { is: 'failed', failure: sumUp(failures, isPartly, votes.length, spare) };
}

/** The failures of several servers as one: that which most of those had that decide whether to try again. */
function sumUp(all: readonly Failure[], isPartly: boolean, servers: number, spare: number): Failure {
  const staying = all.filter(({ retryable }) => !retryable);
  const retryable = staying.length <= spare;
  const passing = all.filter((failure) => failure.retryable);
  const telling = retryable && passing.length > 0 ? passing : staying;
  const alike = (failure: Failure): number =>
    telling.filter(({ reason }) => reason === failure.reason).length;
  const first = telling.reduce((best, next) => (alike(next) > alike(best) ? next : best));
  const isUnknown = isPartly || all.some(({ outcome }) => outcome === 'unknown');
  return {
    reason: first.reason,
    message: telling
      .filter((failure, i) => telling.findIndex(({ reason }) => reason === failure.reason) === i)
      .map((failure) => `${alike(failure)} of ${servers} servers: ${failure.message}`)
      .join('; '),
    retryable,
    outcome: isUnknown ? 'unknown' : 'not-done',
  };
}
