import type { Saboteur } from './saboteur.js';

export interface Arguments {
  /** Which are let in: all, when there are no names. */
  readonly chosen: readonly Saboteur[];
  /** How many copies of the project there are, each with its own tests running. */
  readonly workers: number;
  /** Whether they are only to be told. */
  readonly list: boolean;
  /** Where to write the results. */
  readonly json: string | undefined;
  /** In which file to write the table. */
  readonly table: string | undefined;
  /** How many schedules of the simulation to play instead of the tests; undefined plays none. */
  readonly schedules: number | undefined;
}

const OPTIONS = ['--only', '--workers', '--list', '--json', '--table', '--with', '--schedules'];

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[], all: readonly Saboteur[]): Arguments {
  const given = new Map<string, string>();
  for (let at = 0; at < words.length; at++) {
    const name = words[at] ?? '';
    if (!OPTIONS.includes(name))
      throw new RangeError(`saboteurs: there is no option ${name}; there are ${OPTIONS.join(', ')}`);
    const value = name === '--list' ? '' : words[++at];
    if (value === undefined) throw new RangeError(`saboteurs: ${name} must have a value`);
    given.set(name, value);
  }
  const integer = (name: string, otherwise: number, most: number): number => {
    const text = given.get(name) ?? String(otherwise);
    if (!/^\d+$/.test(text) || Number(text) < 1 || Number(text) > most)
      throw new RangeError(`saboteurs: ${name} must be an integer from 1 to ${most}, not ${text}`);
    return Number(text);
  };
  const other = given.get('--with');
  if (other !== undefined && other !== 'simulation')
    throw new RangeError(`saboteurs: --with must be simulation, not ${other}`);
  if (given.has('--schedules') && other === undefined)
    throw new RangeError('saboteurs: --schedules must come with --with simulation');
  for (const name of ['--only', '--with']) {
    if (given.has('--table') && given.has(name))
      throw new RangeError(`saboteurs: --table must come without ${name}: it is about all and the tests`);
  }
  return {
    chosen: given.has('--only') ? choose(all, given.get('--only') ?? '') : all,
    workers: integer('--workers', 2, 16),
    list: given.has('--list'),
    json: given.get('--json'),
    table: given.get('--table'),
    schedules: other === undefined ? undefined : integer('--schedules', 10_000, 1e7),
  };
}

function choose(all: readonly Saboteur[], names: string): Saboteur[] {
  return names.split(',').map((name) => {
    const found = all.find((saboteur) => saboteur.name === name);
    if (found === undefined)
      throw new RangeError(`saboteurs: --only must name saboteurs (--list tells them), not ${name}`);
    return found;
  });
}
