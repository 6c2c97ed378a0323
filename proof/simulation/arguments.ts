import { type FaultKind, KINDS } from './weather.js';

export interface Arguments {
  readonly from: number;
  readonly seeds: number;
  readonly workers: number;
  /** One schedule, with its trace. */
  readonly seed: number | undefined;
  readonly without: readonly FaultKind[];
}

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[]): Arguments {
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at += 2) {
    const [name = '', value] = words.slice(at, at + 2);
    if (!['--from', '--seeds', '--seed', '--workers', '--without'].includes(name)) {
      throw new RangeError(
        `simulate: there is no option ${name}; there are --seeds, --from, --workers, --seed and --without`,
      );
    }
    if (value === undefined) throw new RangeError(`simulate: ${name} must have a value`);
    given.set(name, value);
  }
  const integer = (name: string, otherwise: number, most: number): number => {
    const text = given.get(name) ?? String(otherwise);
    if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > most)
      throw new RangeError(`simulate: ${name} must be an integer from 1 to ${most}, not ${text}`);
    return Number(text);
  };
  return {
    from: integer('--from', 1, 1e9),
    seeds: integer('--seeds', 1_000, 1e7),
    workers: integer('--workers', 1, 64),
    seed: given.has('--seed') ? integer('--seed', 1, 1e9 + 1e7) : undefined,
    without: (given.get('--without')?.split(',') ?? []).map((kind) => {
      if (KINDS.includes(kind as FaultKind)) return kind as FaultKind;
      throw new RangeError(`simulate: --without must name kinds (${KINDS.join(', ')}), not ${kind}`);
    }),
  };
}
