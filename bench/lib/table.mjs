import { median } from './statistics.mjs';

const WIDE = 1_000;

/** `1,234`, `12.3` or `0.123`: three digits that count. */
export function show(value) {
  if (value === undefined || value === null || Number.isNaN(value)) return '–';
  if (Number.isInteger(value) || Math.abs(value) >= WIDE) return Math.round(value).toLocaleString('en');
  return value.toPrecision(3);
}

/** Each figure's median over the rounds; undefined when a round has failed. */
export function medians(outcomes) {
  const figures = {};
  for (const name of Object.keys(outcomes[0]?.figures ?? {})) {
    const values = outcomes
      .map((outcome) => outcome.figures?.[name])
      .filter((value) => value !== undefined && value !== null);
    figures[name] = values.length === outcomes.length ? median(values) : undefined;
  }
  return figures;
}

/** A table of Markdown. */
export function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, i) => (i === 0 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}
