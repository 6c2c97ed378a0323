import { CommandLine } from '../command-line.js';
import type { Saboteur } from './saboteur.js';

/** The tests, unless others are named. */
type JudgeName = 'tests' | 'simulation' | 'chaos';

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
  /** What is asked. */
  readonly judge: JudgeName;
  /** How many schedules of the simulation are played for each. */
  readonly schedules: number;
  /** How many acquisitions of chaos there are for each. */
  readonly acquisitions: number;
}

const NUMBERS = { simulation: '--schedules', chaos: '--acquisitions' } as const;
const OPTIONS = ['--only', '--workers', '--list', '--json', '--table', '--with', ...Object.values(NUMBERS)];

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[], all: readonly Saboteur[]): Arguments {
  const line = new CommandLine('saboteurs', words, OPTIONS, ['--list']);
  const other = line.get('--with');
  if (other !== undefined && other !== 'simulation' && other !== 'chaos')
    throw new RangeError(`saboteurs: --with must be simulation or chaos, not ${other}`);
  for (const [name, option] of Object.entries(NUMBERS)) {
    if (line.has(option) && other !== name)
      throw new RangeError(`saboteurs: ${option} must come with --with ${name}`);
  }
  for (const name of ['--only', '--with']) {
    if (line.has('--table') && line.has(name))
      throw new RangeError(`saboteurs: --table must come without ${name}: it is about all and the tests`);
  }
  return {
    chosen: line.has('--only') ? choose(all, line.get('--only') ?? '') : all,
    workers: line.integer('--workers', 2, 16),
    list: line.has('--list'),
    json: line.get('--json'),
    table: line.get('--table'),
    judge: other ?? 'tests',
    schedules: line.integer('--schedules', 10_000, 1e7),
    acquisitions: line.integer('--acquisitions', 10_000, 1e7),
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
