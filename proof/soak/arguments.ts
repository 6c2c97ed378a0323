import { CommandLine } from '../command-line.js';

export interface Arguments {
  readonly minutes: number;
  readonly seed: number;
  /** Folder for soak.svg and soak.json. */
  readonly out: string | undefined;
}

/** @throws {RangeError} naming option, rule and value */
export function readArguments(words: readonly string[]): Arguments {
  const line = new CommandLine('soak', words, ['--minutes', '--seed', '--out']);
  return {
    minutes: line.integer('--minutes', 60, 10_000),
    seed: line.integer('--seed', (Date.now() % 1e6) + 1, 1e9),
    out: line.get('--out'),
  };
}
