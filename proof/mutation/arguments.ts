import { CommandLine } from '../command-line.js';

export interface Arguments {
  /** Sources, below the root of the project: all, when none is named. */
  readonly sources: readonly string[];
  /** How many copies of the project there are, each with its own tests running. */
  readonly workers: number;
  /** Whether tests are asked that are far away or slow, too. */
  readonly thorough: boolean;
  /** Where to write what has become of each mutant. */
  readonly json: string | undefined;
}

const OPTIONS = ['--only', '--workers', '--thorough', '--json'];

/**
 * @param all - the sources that there are
 * @throws {RangeError} naming option, rule and value
 */
export function readArguments(words: readonly string[], all: readonly string[]): Arguments {
  const line = new CommandLine('mutation', words, OPTIONS, ['--thorough']);
  const names = line.get('--only')?.split(',') ?? [''];
  return {
    sources: names.flatMap((name) => {
      const found = all.filter((source) => source.startsWith(name));
      if (found.length > 0) return found;
      throw new RangeError(`mutation: --only must name sources or folders of them, not ${name}`);
    }),
    workers: line.integer('--workers', 2, 16),
    thorough: line.has('--thorough'),
    json: line.get('--json'),
  };
}
