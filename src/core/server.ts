import type { Call } from '../kinds/kind.js';
import type { Carrier } from './carrier.js';
import { type CancelTimer, now, type Timers } from './clock.js';
import type { Environment } from './environment.js';
import type { Execution, Executor } from './executor.js';
import { type Failure, noReply, readFailure } from './failure.js';

/** Who has to know of a grant before it counts. */
interface Replicas {
  /** How many of them. */
  readonly count: number;
  /** Waits at most `timeout` ms until they have what was written to `keys`. @returns how many have */
  readonly wait: (keys: readonly string[], count: number, timeout: number) => Promise<number>;
}

/** One server, or what behaves as one. */
export class Server implements Executor {
  readonly #carrier: Carrier;
  readonly #environment: Pick<Environment, 'clock' | 'timers'>;
  readonly #replicas: Replicas | undefined;
  /** Until the last WAIT is answered. What is sent behind one that waits for a replica waits, too: extensions, for example. */
  #waiting: Promise<unknown> = Promise.resolve();

  constructor(carrier: Carrier, environment: Pick<Environment, 'clock' | 'timers'>, replicas?: Replicas) {
    this.#carrier = carrier;
    this.#environment = environment;
    this.#replicas = replicas;
  }

  execute<Result>(call: Call<Result>, deadline: number): Promise<Execution<Result>> {
    const { clock, timers } = this.#environment;
    return new Promise((resolve) => {
      let wanted = true;
      const giveUp = (): void => {
        wanted = false;
        resolve({ ok: false, failure: noReply(deadline) });
      };
      const cancel = patiently(timers, giveUp, deadline);
      // Read before sending: Redis starts the ttl later than this and never earlier, so a lease counted from here
      // ends before the key does.
      const sentAt = now(clock);
      this.#carrier.send({
        call,
        wanted: () => wanted,
        onArrival: cancel,
        onReply: (raw) => {
          // Nor need replicas know of what has been given up.
          if (!wanted) return;
          try {
            const reply = call.read(raw);
            const execution = { ok: true, reply, sentAt } as const;
            const replicas = call.raise !== undefined && call.isDone(reply) ? this.#replicas : undefined;
            if (replicas === undefined) {
              resolve(execution);
            } else {
              const left = Math.max(0, deadline - (clock.mono() - sentAt.mono));
              void this.#confirm(replicas, call.keys, left).then((failure) =>
                resolve(failure === undefined ? execution : { ok: false, failure }),
              );
            }
          } catch (error) {
            resolve({ ok: false, failure: readFailure(error, call.secrets) });
          }
        },
        onFailure: (failure) => resolve({ ok: false, failure }),
      });
    });
  }

  /**
   * Waits until enough replicas know of a grant, behind all that others wait for.
   *
   * @param deadline - how long at most, in ms; what has not been asked by then is not asked any more
   * @returns why it can not count on that; undefined when it can
   */
  #confirm(
    { count, wait }: Replicas,
    keys: readonly string[],
    deadline: number,
  ): Promise<Failure | undefined> {
    const { timers } = this.#environment;
    // Half of the time for the replicas, and the rest for the answer.
    const timeout = Math.max(1, Math.ceil(deadline / 2));
    return new Promise((resolve) => {
      let wanted = true;
      const settle = (failure?: Failure): void => {
        wanted = false;
        cancel();
        resolve(failure);
      };
      const cancel = patiently(timers, () => settle(noReply(deadline)), deadline);
      this.#waiting = this.#waiting.then(async () => {
        if (!wanted) return;
        try {
          const have = await wait(keys, count, timeout);
          const message = `${have} of ${count} replicas knew of the grant after ${timeout} ms`;
          const missing = { reason: 'NOREPLICAS', message, retryable: true, outcome: 'unknown' } as const;
          settle(have >= count ? undefined : missing);
        } catch (error) {
          settle({ ...readFailure(error, []), outcome: 'unknown' });
        }
      });
    });
  }
}

/**
 * Gives up after the deadline, and one turn of the loop later than its timer: a process that stalled past the deadline finds
 * the timer before the reply that has long been in its socket, and so reads such a reply first.
 */
function patiently(timers: Timers, giveUp: () => void, deadline: number): CancelTimer {
  let cancel = timers.set(() => (cancel = timers.set(giveUp, 0)), deadline);
  return () => cancel();
}
