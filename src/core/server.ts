import type { Call } from '../kinds/kind.js';
import type { Carrier } from './carrier.js';
import { now } from './clock.js';
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

  constructor(carrier: Carrier, environment: Pick<Environment, 'clock' | 'timers'>, replicas?: Replicas) {
    this.#carrier = carrier;
    this.#environment = environment;
    this.#replicas = replicas;
  }

  execute<Result>(call: Call<Result>, deadline: number): Promise<Execution<Result>> {
    const { clock, timers } = this.#environment;
    return new Promise((resolve) => {
      // A process that stalled past the deadline finds the timer before the reply that has long been in its socket.
      // One more turn of the loop lets such a reply be read first.
      let wanted = true;
      const giveUp = (): void => {
        wanted = false;
        resolve({ ok: false, failure: noReply(deadline) });
      };
      let cancel = timers.set(() => (cancel = timers.set(giveUp, 0)), deadline);
      // Read before sending: Redis starts the ttl later than this and never earlier, so a lease counted from here
      // ends before the key does.
      const sentAt = now(clock);
      this.#carrier.send({
        call,
        wanted: () => wanted,
        onArrival: () => cancel(),
        onReply: (raw) => {
          try {
            const reply = call.read(raw);
            const execution = { ok: true, reply, sentAt } as const;
            const replicas = call.raise !== undefined && call.isDone(reply) ? this.#replicas : undefined;
            if (replicas === undefined) {
              resolve(execution);
            } else {
              void this.#confirm(replicas, call.keys, deadline).then((failure) =>
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

  /** Waits until enough replicas know of a grant. @returns why it can not count on that; undefined when it can */
  #confirm(
    { count, wait }: Replicas,
    keys: readonly string[],
    deadline: number,
  ): Promise<Failure | undefined> {
    // Half of the time for the replicas, and the rest for the answer.
    const timeout = Math.ceil(deadline / 2);
    return new Promise((resolve) => {
      const cancel = this.#environment.timers.set(() => resolve(noReply(deadline)), deadline);
      const settle = (failure?: Failure): void => {
        cancel();
        resolve(failure);
      };
      wait(keys, count, timeout).then(
        (have) => {
          const message = `${have} of ${count} replicas knew of the grant after ${timeout} ms`;
          settle(
            have >= count
              ? undefined
              : { reason: 'NOREPLICAS', message, retryable: true, outcome: 'unknown' },
          );
        },
        (error: unknown) => settle({ ...readFailure(error, []), outcome: 'unknown' }),
      );
    });
  }
}
