import { CommandLine } from '../command-line.js';
import { type FaultName, FAULT_NAMES } from './faults.js';

export interface Arguments {
  readonly seed: number;
  /** The run ends when so many calls have entered. */
  readonly acquisitions: number;
  /** The run ends after so many s, whatever has been reached. */
  readonly seconds: number;
  readonly processes: number;
  readonly faults: readonly FaultName[];
  /** Whether the resource checks fencing tokens; one that does not must make the run fail. */
  readonly store: 'checks' | 'takes-all';
}

const OPTIONS = ['--seed', '--acquisitions', '--seconds', '--processes', '--faults', '--store'];

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[]): Arguments {
  const line = new CommandLine('chaos', words, OPTIONS);
  const store = line.get('--store') ?? 'checks';
  if (store !== 'checks' && store !== 'takes-all')
    throw new RangeError(`chaos: --store must be checks or takes-all, not ${store}`);
  return {
    seed: line.integer('--seed', (Date.now() % 1e6) + 1, 1e9),
    acquisitions: line.integer('--acquisitions', line.has('--seconds') ? 1e9 : 10_000, 1e9),
    seconds: line.integer('--seconds', 600, 86_400),
    processes: line.integer('--processes', 6, 32, 2),
    store,
    faults: line.get('--faults')?.split(',').map(faultNamed) ?? FAULT_NAMES,
  };
}

function faultNamed(name: string): FaultName {
  if (FAULT_NAMES.includes(name as FaultName)) return name as FaultName;
  throw new RangeError(`chaos: --faults must name some of ${FAULT_NAMES.join(', ')}, not ${name}`);
}
