import { CommandLine } from '../command-line.js';
import { type FaultKind, KINDS } from './weather.js';

export interface Arguments {
  readonly from: number;
  readonly seeds: number;
  readonly workers: number;
  /** One schedule, with its trace. */
  readonly seed: number | undefined;
  readonly without: readonly FaultKind[];
  /** Whether programs go on when all is well, and locks have to be granted soon and in turn. */
  readonly liveness: boolean;
  /** Whether faults are over soon, and programs make few calls. */
  readonly brief: boolean;
}

const OPTIONS = ['--seeds', '--from', '--workers', '--seed', '--without', '--liveness', '--brief'];

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[]): Arguments {
  const line = new CommandLine('simulate', words, OPTIONS, ['--liveness', '--brief']);
  return {
    from: line.integer('--from', 1, 1e9),
    seeds: line.integer('--seeds', 1_000, 1e7),
    workers: line.integer('--workers', 1, 64),
    seed: line.has('--seed') ? line.integer('--seed', 1, 1e9 + 1e7) : undefined,
    without: (line.get('--without')?.split(',') ?? []).map((kind) => {
      if (KINDS.includes(kind as FaultKind)) return kind as FaultKind;
      throw new RangeError(`simulate: --without must name kinds (${KINDS.join(', ')}), not ${kind}`);
    }),
    liveness: line.has('--liveness'),
    brief: line.has('--brief'),
  };
}
