import type { Locker, LockerOptions } from '../../src/index.js';
import { eventually } from '../support/pause.js';
import type { LockWorld } from './lock-contract.js';

/** What calls for several keys are tested with. */
export interface ListWorld extends LockWorld {
  /** With all keys in one hash slot, so that a Cluster can take them together, too. */
  readonly open: (options?: LockerOptions) => Promise<Locker>;
  /** Which of the locks are taken, of whomever. */
  readonly taken: () => Promise<string[]>;
  /** Until those of the keys are, and no others. */
  readonly settled: (...keys: string[]) => Promise<void>;
}

export function listWorld({ backend, locker, stopwatch }: LockWorld): ListWorld {
  const taken = async (): Promise<string[]> =>
    (await backend().keys()).filter((key) => /^\{l\}:[^~]*$/.test(key)).sort();
  return {
    backend,
    locker,
    stopwatch,
    taken,
    open: (options) => locker({ prefix: '{l}:', ...options }),
    settled: (...keys) =>
      eventually(async () => (await taken()).join(), keys.map((key) => `{l}:${key}`).join()),
  };
}
