/** A small change of a source that Stryker makes, and what has become of it. */
export interface Mutant {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  /** From 1. */
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
  /** What stood there. */
  readonly find: string;
  /** What is changed, such as `EqualityOperator`. */
  readonly kind: string;
  /** What stands there instead. */
  readonly put: string;
  /** `quiet`: no test runs the line. */
  readonly state: 'killed' | 'survived' | 'quiet' | 'invalid';
}

/** The part of Stryker's JSON report that counts here. */
export interface StrykerReport {
  readonly files: Record<string, { readonly source: string; readonly mutants: readonly Reported[] }>;
}

/** Lines and columns from 1. */
interface Place {
  readonly line: number;
  readonly column: number;
}

interface Reported {
  readonly mutatorName: string;
  readonly replacement?: string;
  readonly status: string;
  readonly location: { readonly start: Place; readonly end: Place };
}

const STATES: Record<string, Mutant['state']> = {
  Killed: 'killed',
  Timeout: 'killed',
  Survived: 'survived',
  NoCoverage: 'quiet',
};

/** All mutants of a report. */
export function readMutants({ files }: StrykerReport): Mutant[] {
  return Object.entries(files).flatMap(([file, { source, mutants }]) =>
    mutants.map(({ mutatorName, replacement = '', status, location: { start, end } }) => ({
      find: between(source.split('\n'), start, end),
      file,
      line: start.line,
      column: start.column,
      endLine: end.line,
      endColumn: end.column,
      kind: mutatorName,
      put: replacement,
      state: STATES[status] ?? 'invalid',
    })),
  );
}

/** Tells mutants of one source apart. */
export function nameOf({ file, line, column, endLine, endColumn, kind, put }: Mutant): string {
  return `${file}:${line}:${column}-${endLine}:${endColumn} ${kind} ${put}`;
}

/** How Stryker is told to make a mutant again. Its columns are from 0 there. */
export function rangeOf({ file, line, column, endLine, endColumn }: Mutant): string {
  return `${file}:${line}:${column - 1}-${endLine}:${endColumn - 1}`;
}

/** Whether it has not been noticed. */
export const isAlive = ({ state }: Mutant): boolean => state === 'survived' || state === 'quiet';

function between(lines: readonly string[], start: Place, end: Place): string {
  const [first = '', ...more] = lines.slice(start.line - 1, end.line);
  if (more.length === 0) return first.slice(start.column - 1, end.column - 1);
  const last = more.pop() ?? '';
  return [first.slice(start.column - 1), ...more, last.slice(0, end.column - 1)].join('\n');
}
