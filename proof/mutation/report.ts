import { explanationOf } from './explained.js';
import { isAlive, type Mutant } from './mutant.js';

/** What has become of the mutants of a source. */
export function describe(source: string, mutants: readonly Mutant[], seconds: number): string {
  const alive = mutants.filter(isAlive).sort((a, b) => a.line - b.line || a.column - b.column);
  const head = `${source}: ${scoreOf(mutants)} (${seconds.toFixed(0)} s)`;
  return [head, ...alive.map((mutant) => `  ${told(mutant)}`)].join('\n');
}

/** All of them, and each folder. */
export function sumUp(mutants: readonly Mutant[]): string {
  const folders = new Map<string, Mutant[]>();
  for (const mutant of mutants) {
    const folder = mutant.file.slice(0, mutant.file.lastIndexOf('/'));
    folders.set(folder, [...(folders.get(folder) ?? []), mutant]);
  }
  const lines = [...folders].sort().map(([folder, those]) => `${folder}: ${scoreOf(those)}`);
  return [...lines, `all: ${scoreOf(mutants)}`].join('\n');
}

function told(mutant: Mutant): string {
  const { line, column, kind, find, put, state } = mutant;
  const [before, after] = [find, put].map((text) => text.replace(/\s+/g, ' ').slice(0, 100));
  const why = explanationOf(mutant)?.why;
  return `${line}:${column} ${state === 'quiet' ? 'not run ' : ''}${kind}: ${before} => ${after}${why === undefined ? '' : ` (${why})`}`;
}

/** Those that are no program any more count for nothing. */
function scoreOf(mutants: readonly Mutant[]): string {
  const valid = mutants.filter(({ state }) => state !== 'invalid');
  const killed = valid.filter((mutant) => !isAlive(mutant)).length;
  const explained = valid.filter((mutant) => isAlive(mutant) && explanationOf(mutant) !== undefined).length;
  const part = valid.length === 0 ? 100 : (100 * killed) / valid.length;
  const rest = explained === 0 ? '' : `, ${explained} explained`;
  return `${killed} of ${valid.length} killed, ${part.toFixed(1)} %${rest}`;
}
