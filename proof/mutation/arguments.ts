import { CommandLine } from '../command-line.js';

/**
 * How far away tests are asked: only those that are named after the source, where there are some; those near it, where
 * there are some; or all that could notice, also slow ones.
 */
export type Reach = 'own' | 'near' | 'all';

export interface Arguments {
  /** Sources, below the root of the project: all, when none is named. */
  readonly sources: readonly string[];
  /** How many copies of the project there are, each with its own tests running. */
  readonly workers: number;
  readonly reach: Reach;
  /** Where to write what has become of each mutant. */
  readonly json: string | undefined;
}

const OPTIONS = ['--only', '--workers', '--reach', '--json'];

/**
 * @param all - the sources that there are
 * @throws {RangeError} naming option, rule and value
 */
export function readArguments(words: readonly string[], all: readonly string[]): Arguments {
  const line = new CommandLine('mutation', words, OPTIONS);
  const names = line.get('--only')?.split(',') ?? [''];
  return {
    sources: names.flatMap((name) => {
      const found = all.filter((source) => source.startsWith(name));
      if (found.length > 0) return found;
      throw new RangeError(`mutation: --only must name sources or folders of them, not ${name}`);
    }),
    workers: line.integer('--workers', 2, 16),
    reach: readReach(line.get('--reach') ?? 'near'),
    json: line.get('--json'),
  };
}

function readReach(word: string): Reach {
  if (word === 'own' || word === 'near' || word === 'all') return word;
  throw new RangeError(`mutation: --reach must be own, near or all, not ${word}`);
}
