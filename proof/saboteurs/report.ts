import type { Saboteur } from './saboteur.js';
import type { Verdict } from './verdict.js';

/** What became of a saboteur. */
export interface Result {
  readonly saboteur: Saboteur;
  readonly verdict: Verdict;
  /** How long it took, in s. */
  readonly seconds: number;
}

/** One line for each, as it is told. */
export function describe({ saboteur: { name }, verdict, seconds }: Result): string {
  return `${name}: ${wordsFor(verdict)} (${seconds.toFixed(1)} s)`;
}

function wordsFor(verdict: Verdict): string {
  if (verdict.is === 'killed') return `killed by "${verdict.by}": ${verdict.why}`;
  return verdict.is === 'survived' ? 'SURVIVED' : `INVALID: ${verdict.problem}`;
}

/** How many were killed, and who was not. */
export function sumUp(results: readonly Result[]): string {
  const killed = results.filter(({ verdict }) => verdict.is === 'killed');
  const others = results.filter(({ verdict }) => verdict.is !== 'killed');
  const lines = others.map(
    ({ saboteur: { name, what }, verdict }) => `${name} (${what}) ${wordsFor(verdict)}`,
  );
  return [...lines, `${killed.length} of ${results.length} killed`].join('\n');
}

export const [BEGIN, END] = [
  '<!-- saboteurs: npm run saboteurs -- --table docs/saboteurs.md -->',
  '<!-- /saboteurs -->',
];

/**
 * The text of a page with the table of results between its marks.
 *
 * @throws {RangeError} the page has no marks
 */
export function withTable(page: string, results: readonly Result[]): string {
  const [from, to] = [page.indexOf(BEGIN), page.indexOf(END)];
  if (from < 0 || to < from)
    throw new RangeError(`saboteurs: the file of --table must have ${BEGIN} and ${END}`);
  const rows = results.map(({ saboteur, verdict }) => {
    const by = verdict.is === 'killed' ? verdict.by : wordsFor(verdict);
    return `| ${[`\`${saboteur.name}\``, saboteur.what, by].map(inCell).join(' | ')} |`;
  });
  const table = ['| saboteur | what is wrong | killed by |', '| --- | --- | --- |', ...rows].join('\n');
  return `${page.slice(0, from)}${BEGIN}\n\n${sumUp(results)}:\n\n${table}\n\n${page.slice(to)}`;
}

/** Text that is no mark-up in a cell of a table. */
export function inCell(text: string): string {
  return text.replace(/[|<>*_[\]]/g, '\\$&');
}
