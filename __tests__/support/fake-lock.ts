import { type Lock, LockLostError } from '../../src/index.js';

/** Why the lock of {@link fakeLock} is lost. */
export const loss = new LockLostError({ key: 'k', reason: 'expired', held: 1 });

/** A lock that is lost when a test says so, whatever time it is; `log` tells what is done in it, and that it is given back. */
export function fakeLock() {
  const log: unknown[] = [];
  const controller = new AbortController();
  let held = true;
  const lock = {
    signal: controller.signal,
    get held() {
      return held;
    },
    assertHeld: () => {
      if (!held) throw controller.signal.reason;
    },
    run<Result>(work: () => Result): Result {
      log.push('in');
      try {
        return work();
      } finally {
        log.push('out');
      }
    },
    release: async () => {
      held = false;
      log.push('released');
    },
  };
  const lose = (): void => {
    held = false;
    controller.abort(loss);
  };
  return { lock: lock as unknown as Lock, log, lose };
}
