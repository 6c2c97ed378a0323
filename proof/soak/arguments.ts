import { parseArgs } from 'node:util';

export interface Arguments {
  readonly minutes: number;
  readonly seed: number;
  /** Folder for soak.svg and soak.json. */
  readonly out: string | undefined;
}

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[]): Arguments {
  const text = { type: 'string' } as const;
  let values: { minutes?: string; seed?: string; out?: string };
  try {
    ({ values } = parseArgs({ args: [...words], options: { minutes: text, seed: text, out: text } }));
  } catch (error) {
    const problem = (error as Error).message;
    throw new RangeError(`soak: ${problem}; there are --minutes, --seed, --out`, { cause: error });
  }
  const integer = (name: 'minutes' | 'seed', otherwise: number, most: number): number => {
    const value = values[name] ?? String(otherwise);
    if (!/^\d+$/.test(value) || Number(value) < 1 || Number(value) > most)
      throw new RangeError(`soak: --${name} must be an integer from 1 to ${most}, not ${value}`);
    return Number(value);
  };
  return {
    minutes: integer('minutes', 60, 10_000),
    seed: integer('seed', (Date.now() % 1e6) + 1, 1e9),
    out: values.out,
  };
}
