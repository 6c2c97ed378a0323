import type { Call } from '../kinds/kind.js';
import { type CancelTimer, now } from './clock.js';
import type { Environment } from './environment.js';
import type { Execution, Executor } from './executor.js';
import { noReply } from './failure.js';
import { count, majorityOf, type Verdict } from './votes.js';

/** Once a majority has answered, how long the others are waited for: as long again, and at least this, in ms. */
const LEAST_PATIENCE = 50;

/** The same when they can change nothing any more, but for what there is to give back. */
const LEAST_COURTESY = 10;

/** For how long a server that is asked in turn may keep the next one waiting, in ms: who was refused lets the others go ahead. */
const LONGEST_TURN = 50;

/** One of the servers, and what is under way there that takes a lock, by its token. */
interface Member {
  readonly executor: Executor;
  readonly taking: Map<string, Promise<unknown>>;
}

/** One of the servers that were asked, and what comes of it. */
interface Asked<Result> {
  readonly member: Member;
  readonly execution: Promise<Execution<Result>>;
}

/**
 * Several independent servers that decide by majority: the algorithm known as Redlock.
 *
 * A call is done when a majority has done it. What is taken on a minority is nobody's: whoever has asked gives it back.
 *
 * @see https://redis.io/docs/latest/develop/clients/patterns/distributed-locks/
 */
export class Quorum implements Executor {
  readonly #servers: readonly Member[];
  readonly #environment: Pick<Environment, 'clock' | 'timers'>;

  constructor(servers: readonly Executor[], environment: Pick<Environment, 'clock' | 'timers'>) {
    this.#servers = servers.map((executor) => ({ executor, taking: new Map() }));
    this.#environment = environment;
  }

  async execute<Result>(call: Call<Result>, deadline: number): Promise<Execution<Result>> {
    // Before the first of them is asked: the lease counts from here on all of them.
    const sentAt = now(this.#environment.clock);
    const asked = this.#ask(call, deadline);
    const { verdict, partly } = await this.#hear(call, asked, deadline);
    if (verdict.is === 'failed') return { ok: false, failure: verdict.failure };
    const reply = verdict.replies.reduce((one, other) => call.merge(one, other));
    const stragglers = stragglersOf(asked);
    if (verdict.is === 'refused') {
      return { ok: true, reply, sentAt, ...(partly !== undefined && { partly }), stragglers };
    }
    const { mend } = call;
    if (mend !== undefined) this.#mend(call, mend, asked, deadline);
    const raise = call.raise?.(reply);
    if (raise === undefined) return { ok: true, reply, sentAt, stragglers };

    // The highest fencing token may be known to one server alone. The next majority may be without it.
    const raised = await this.execute(raise, deadline);
    if (raised.ok && raise.isDone(raised.reply)) return { ok: true, reply, sentAt, stragglers };
    const late = {
      reason: 'TOO_SLOW',
      message: 'the lock was gone before a majority knew of its fencing token',
      retryable: true,
    };
    const failure = raised.ok ? late : raised.failure;
    return { ok: false, failure: { ...failure, outcome: 'unknown' } };
  }

  #ask<Result>(call: Call<Result>, deadline: number): readonly Asked<Result>[] {
    if (call.inTurn !== true)
      return this.#servers.map((member) => ({ member, execution: ask(member, call, deadline) }));
    // All have been asked when half of the time is over.
    const longest = Math.min(LONGEST_TURN, deadline / (2 * this.#servers.length));
    let turn: Promise<unknown> = Promise.resolve();
    return this.#servers.map((member) => {
      const execution = ask(member, call, deadline, turn);
      turn = turn.then(() => this.#turn(call, execution, longest));
      return { member, execution };
    });
  }

  /** Until the next server may be asked: at once after one that has done it, or has failed. */
  #turn<Result>(call: Call<Result>, asked: Promise<Execution<Result>>, longest: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#environment.timers.set(resolve, longest);
      void asked.then((vote) => {
        if (vote.ok && !call.isDone(vote.reply)) return;
        cancel();
        resolve();
      });
    });
  }

  /**
   * Takes a lock that a majority has on those of the servers that were out of reach, or have forgotten it: else it would be
   * lost with the next one. Nobody waits for it; one that is somebody else's there is left alone.
   */
  #mend<Result>(
    call: Call<Result>,
    mend: NonNullable<Call<Result>['mend']>,
    asked: readonly Asked<Result>[],
    deadline: number,
  ): void {
    for (const { member, execution } of asked) {
      void execution.then((vote) => {
        if (!vote.ok || call.isDone(vote.reply)) return;
        const mending = mend();
        if (mending !== undefined) void ask(member, mending, deadline);
      });
    }
  }

  /** Listens until the servers that have not answered can change nothing any more, or will not answer in time. */
  #hear<Result>(
    call: Call<Result>,
    asked: readonly Asked<Result>[],
    deadline: number,
  ): Promise<{ verdict: Verdict<Result>; partly: 'certainly' | 'perhaps' | undefined }> {
    const { clock, timers } = this.#environment;
    const since = clock.mono();
    const votes: (Execution<Result> | undefined)[] = asked.map(() => undefined);
    let cancel: CancelTimer | undefined;
    let decided = false;
    return new Promise((resolve) => {
      const look = (seen: readonly (Execution<Result> | undefined)[]): void => {
        const verdict = count(call, seen);
        // Of a lock that was not got, the last ones can tell whether there is anything to give back.
        if (
          verdict === undefined ||
          (verdict.is === 'refused' && call.inDoubt === 'refused' && seen.includes(undefined))
        )
          return;
        decided = true;
        cancel?.();
        cancelEnd();
        const isDone = votes.some((vote) => vote?.ok === true && call.isDone(vote.reply));
        // Those that have not answered, or not for certain, may do it yet.
        const mayBe = votes.some((vote) => vote?.ok !== true && vote?.failure.outcome !== 'not-done');
        resolve({ verdict, partly: isDone ? 'certainly' : mayBe ? 'perhaps' : undefined });
      };
      const giveUp = (): void => {
        const failure = noReply(clock.mono() - since);
        look(votes.map((vote) => vote ?? { ok: false, failure }));
      };
      // What waits for an earlier command at a server has a deadline of its own, which is too late for the caller. Set
      // behind the servers' own timers, and with one more turn of the loop as these, so that replies that have come are read first.
      let cancelEnd = timers.set(() => {
        cancelEnd = timers.set(giveUp, 0);
      }, deadline);
      /** A function, since a look may have made it so. */
      const isDecided = (): boolean => decided;
      asked.forEach(({ execution }, i) => {
        void execution.then((vote) => {
          votes[i] = vote;
          look(votes);
          const answered = votes.filter((one) => one?.ok).length;
          if (isDecided() || call.inDoubt !== 'refused' || answered < majorityOf(votes.length)) return;
          const least = count(call, votes) === undefined ? LEAST_PATIENCE : LEAST_COURTESY;
          cancel ??= timers.set(giveUp, Math.min(deadline, Math.max(least, clock.mono() - since)));
        });
      });
    });
  }
}

/** Those that have not said what has become of a call, once all have answered. */
async function stragglersOf(asked: readonly Asked<unknown>[]): Promise<Executor[]> {
  const votes = asked.map(async ({ member, execution }) => ((await execution).ok ? [] : [member.executor]));
  return (await Promise.all(votes)).flat();
}

function ask<Result>(
  { executor, taking }: Member,
  call: Call<Result>,
  deadline: number,
  turn?: Promise<unknown>,
): Promise<Execution<Result>> {
  const [token = ''] = call.secrets;
  const before = taking.get(token);
  const send = (): Promise<Execution<Result>> => executor.execute(call, deadline);
  // Where two commands may travel on two connections, what gives the lock back could be there before what takes it.
  if (call.raise === undefined) return before === undefined ? send() : before.then(send);
  const asked = turn === undefined ? send() : turn.then(send);
  const all = Promise.all([before, asked]).finally(() => {
    if (taking.get(token) === all) taking.delete(token);
  });
  taking.set(token, all);
  return asked;
}
