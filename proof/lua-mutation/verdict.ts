import type { Explained } from './explained.js';
import type { LuaMutant } from './mutants.js';

/** The first test that has failed with a mutant; null when none has. */
export type Outcome = { readonly test: string; readonly why: string } | null;

/** A mutant, and what has become of it. */
export interface Judged {
  readonly mutant: LuaMutant;
  /** The text of its line. */
  readonly text: string;
  readonly outcome: Outcome;
}

/** What a run comes to. */
export interface Verdict {
  readonly killed: number;
  readonly explained: number;
  /** What is wrong, a line each. */
  readonly wrong: readonly string[];
}

/** Tells mutants apart. */
export function nameOf({ file, line, column, kind, find, put }: LuaMutant): string {
  return `${file}:${line}:${column} ${kind}: ${find} => ${put === '' ? 'nothing' : put}`;
}

/**
 * @param judged - all mutants of the files that were asked for
 * @param explained - of all files
 */
export function sumUp(judged: readonly Judged[], explained: readonly Explained[]): Verdict {
  const files = new Set(judged.map(({ mutant }) => mutant.file));
  const because = new Map<Judged, Explained>();
  const wrong: string[] = [];
  for (const one of explained.filter(({ file }) => files.has(file))) {
    const meant = meantBy(one, judged);
    if (meant.length === 0) wrong.push(`explained, but no mutant: ${told(one)}`);
    for (const mutant of meant) {
      because.set(mutant, one);
      if (mutant.outcome !== null)
        wrong.push(`explained, but killed by "${mutant.outcome.test}": ${nameOf(mutant.mutant)}`);
    }
  }
  const alive = judged.filter(({ outcome }) => outcome === null);
  const open = alive.filter((mutant) => !because.has(mutant));
  return {
    killed: judged.length - alive.length,
    explained: alive.length - open.length,
    wrong: [...wrong, ...open.map(({ mutant }) => `alive: ${nameOf(mutant)}`)],
  };
}

/** Those that are killed although they are explained. */
export function refuted(judged: readonly Judged[], explained: readonly Explained[]): Judged[] {
  return explained.flatMap((one) => meantBy(one, judged)).filter(({ outcome }) => outcome !== null);
}

function meantBy({ file, at, find, put, nth }: Explained, judged: readonly Judged[]): Judged[] {
  const same = judged.filter(
    ({ mutant, text }) => mutant.file === file && text === at && mutant.find === find && mutant.put === put,
  );
  return nth === undefined ? same : same.slice(nth - 1, nth);
}

function told({ file, at, find, put }: Explained): string {
  return `${file} "${at}": ${find} => ${put}`;
}
