import { parseArgs } from 'node:util';

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

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[]): Arguments {
  const text = { type: 'string' } as const;
  const options = {
    seed: text,
    acquisitions: text,
    seconds: text,
    processes: text,
    faults: text,
    store: text,
  };
  let values: Partial<Record<keyof typeof options, string>>;
  try {
    ({ values } = parseArgs({ args: [...words], options }));
  } catch (error) {
    const known = Object.keys(options).map((name) => `--${name}`);
    throw new RangeError(`chaos: ${(error as Error).message}; there are ${known.join(', ')}`, {
      cause: error,
    });
  }
  const integer = (name: keyof typeof options, otherwise: number, most: number, least = 1): number => {
    const value = values[name] ?? String(otherwise);
    if (!/^\d+$/.test(value) || Number(value) < least || Number(value) > most)
      throw new RangeError(`chaos: --${name} must be an integer from ${least} to ${most}, not ${value}`);
    return Number(value);
  };
  const store = values.store ?? 'checks';
  if (store !== 'checks' && store !== 'takes-all')
    throw new RangeError(`chaos: --store must be checks or takes-all, not ${store}`);
  return {
    seed: integer('seed', (Date.now() % 1e6) + 1, 1e9),
    acquisitions: integer('acquisitions', values.seconds === undefined ? 10_000 : 1e9, 1e9),
    seconds: integer('seconds', 600, 86_400),
    processes: integer('processes', 6, 32, 2),
    store,
    faults: values.faults?.split(',').map(faultNamed) ?? FAULT_NAMES,
  };
}

function faultNamed(name: string): FaultName {
  if (FAULT_NAMES.includes(name as FaultName)) return name as FaultName;
  throw new RangeError(`chaos: --faults must name some of ${FAULT_NAMES.join(', ')}, not ${name}`);
}
