import type { ReleaseReply } from '../kinds/kind.js';
import { nextDelay, WHILE_FAILING } from './backoff.js';
import type { Claim, ReleaseOutcome } from './claim.js';
import type { Engine } from './engine.js';
import type { Execution } from './executor.js';
import type { Failure } from './failure.js';
import { onAbort } from './on-abort.js';

/** How long a locker that closes waits for the last of several servers, in ms: one that is dead will never answer. */
const LAST_MOMENT = 50;

/**
 * Gives the lock back if it is still ours. Never rejects, and settles within the claim's command timeout.
 *
 * When the outcome is unknown, the attempt is repeated in the background: see {@link takeBack}.
 */
export async function release(engine: Engine, claim: Claim): Promise<ReleaseOutcome> {
  const execution = await attempt(engine, claim);
  if (execution.ok) {
    remind(engine, claim, execution);
    return execution.reply;
  }
  tell(engine, claim, execution.failure);
  if (execution.failure.retryable) {
    engine.cleanup.start(async () => {
      await takeBack(engine, claim, 1);
    });
  }
  return 'unknown';
}

/**
 * Compares and deletes until Redis has confirmed it, or until the ttl is over and has done the same.
 *
 * The token must not be used for another attempt meanwhile, which this would undo. When the locker closes, there is one
 * more try and no further pause.
 *
 * @param tried - how many attempts have failed before
 * @returns whether Redis has confirmed that nothing of the claim is left
 */
export async function takeBack(engine: Engine, claim: Claim, tried = 0): Promise<boolean> {
  const { clock, random } = engine.environment;
  const { stopped } = engine.cleanup;
  const end = clock.mono() + claim.tenure.ttl;
  for (let failed = tried; ; failed++) {
    if (failed > 0) {
      const remaining = end - clock.mono();
      if (remaining <= 0) return false;
      const situation = { attempt: failed - 1, remaining, ttlLeft: undefined, random };
      if (!stopped.aborted) await pause(engine, nextDelay(WHILE_FAILING, situation));
    }
    const last = stopped.aborted;
    const execution = await attempt(engine, claim);
    if (execution.ok) {
      remind(engine, claim, execution);
      return true;
    }
    tell(engine, claim, execution.failure);
    if (!execution.failure.retryable || last) return false;
  }
}

function attempt(
  { servers, kind }: Pick<Engine, 'servers' | 'kind'>,
  { tenure, commandTimeout }: Claim,
): Promise<Execution<ReleaseReply>> {
  return servers.execute(kind.release(tenure), commandTimeout);
}

/**
 * Asks those of several servers that have not given the lock back once more, without waiting for it: a client that has no
 * connection at the moment sends it when it has one again. What is left all the same ends with its ttl.
 */
function remind(
  engine: Engine,
  claim: Claim,
  { stragglers }: Extract<Execution<ReleaseReply>, { ok: true }>,
): void {
  if (stragglers === undefined) return;
  const { cleanup, kind, environment } = engine;
  const reminded = stragglers.then(async (left) => {
    await Promise.all(left.map((servers) => attempt({ servers, kind }, claim)));
  });
  cleanup.start(async () => {
    let forget: () => void = () => undefined;
    const closed = new Promise<void>((resolve) => {
      forget = onAbort(cleanup.stopped, () => void environment.timers.set(resolve, LAST_MOMENT, true));
    });
    await Promise.race([reminded, closed]);
    forget();
  });
}

function tell(engine: Engine, { site }: Claim, { reason, message }: Failure): void {
  engine.events.emit('failure', site, { operation: 'release', reason, message });
}

/** Ends early when the locker is closing. */
async function pause({ environment, cleanup }: Engine, delay: number): Promise<void> {
  const { stopped } = cleanup;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      cancel();
      forget();
      resolve();
    };
    // In the background: a process that is done does not stay alive to tidy up what expires by itself.
    const cancel = environment.timers.set(end, delay, true);
    const forget = onAbort(stopped, end);
  });
}
