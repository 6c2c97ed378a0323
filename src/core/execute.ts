import type { Call } from '../kinds/kind.js';
import { type Instant, now } from './clock.js';
import type { Engine } from './engine.js';
import { type Failure, noReply, readFailure } from './failure.js';

/** What became of one call: a reply to a command sent at `sentAt`, or a failure. */
export type Execution<Result> =
  | { readonly ok: true; readonly reply: Result; readonly sentAt: Instant }
  | { readonly ok: false; readonly failure: Failure };

/** Sends one call and waits at most `deadline` ms for its reply. Never rejects. */
export function execute<Result>(
  { carrier, environment }: Pick<Engine, 'carrier' | 'environment'>,
  call: Call<Result>,
  deadline: number,
): Promise<Execution<Result>> {
  const { clock, timers } = environment;
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
    carrier.send({
      call,
      wanted: () => wanted,
      onArrival: () => cancel(),
      onReply: (raw) => {
        try {
          resolve({ ok: true, reply: call.read(raw), sentAt });
        } catch (error) {
          resolve({ ok: false, failure: readFailure(error, call.secrets) });
        }
      },
      onFailure: (failure) => resolve({ ok: false, failure }),
    });
  });
}
