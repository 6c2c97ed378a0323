import { CommandLine } from '../command-line.js';

export interface Arguments {
  /** How the names of the files begin whose mutants are judged: all, when none is named. */
  readonly only: readonly string[];
  /** How many mutants are judged at a time. */
  readonly workers: number;
  /** How many lists of commands the scripts and their twins are given. */
  readonly lists: number;
  /** Where to write what has become of each mutant. */
  readonly json: string | undefined;
}

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[], files: readonly string[]): Arguments {
  const line = new CommandLine('mutation:lua', words, ['--only', '--workers', '--lists', '--json']);
  const only = line.get('--only')?.split(',') ?? [''];
  for (const name of only) {
    if (!files.some((file) => file.startsWith(name)))
      throw new RangeError(`mutation:lua: --only must name files of src/scripts, not ${name}`);
  }
  return {
    only,
    workers: line.integer('--workers', 2, 16),
    lists: line.integer('--lists', 60, 10_000),
    json: line.get('--json'),
  };
}
