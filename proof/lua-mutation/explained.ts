/** Mutants of which no caller could tell, and why: each of them has to live. */
export interface Explained {
  readonly file: string;
  /** The line, without the space around it. */
  readonly at: string;
  readonly find: string;
  readonly put: string;
  /** Which of the mutants of the line that are the same, from 1; all of them, when it is not said. */
  readonly nth?: number;
  readonly why: string;
}

export const EXPLAINED: readonly Explained[] = [];
