import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { read, ROOT } from './support/pages.js';

const FOLDER = '__tests__/faults';
/** How many faults of each kind are to be survived: processes, servers, connections, several servers, callers, arguments. */
const KINDS = { A: 10, B: 20, C: 11, D: 10, E: 5, F: 8 };
const ROWS = Object.entries(KINDS).flatMap(([kind, count]) =>
  Array.from({ length: count }, (_, i) => `${kind}${i + 1}`),
);

interface Entry {
  readonly row: string;
  readonly files: readonly string[];
  readonly holds: string;
}

const entries: Entry[] = read(`${FOLDER}/README.md`)
  .split('\n')
  .filter((line) => /^\| [A-F]\d/.test(line))
  .map((line) => {
    const [row, , files, holds] = line
      .split('|')
      .slice(1, -1)
      .map((cell) => cell.trim());
    return {
      row: row!,
      files: [...files!.matchAll(/\]\(([^)]+)\)/g)].map(([, path]) => path!),
      holds: holds!,
    };
  });

const of = (row: string): Entry[] => entries.filter((entry) => entry.row === row);

test('the table of faults has 64 rows, each of them, in order', () => {
  expect(ROWS).toHaveLength(64);
  expect([...new Set(entries.map(({ row }) => row))]).toEqual(ROWS);
  const order = entries.map(({ row }) => ROWS.indexOf(row));
  expect(order).toEqual([...order].sort((one, other) => one - other));
});

test.each(ROWS)('%s has a test that names it, and says what holds', (row) => {
  const files = of(row).flatMap((entry) => entry.files);
  expect(files.length).toBeGreaterThan(0);
  for (const { holds } of of(row)) expect(holds).not.toBe('');
  expect(files.filter((file) => !existsSync(join(ROOT, FOLDER, file)))).toEqual([]);
  const texts = files.map((file) => read(join(FOLDER, file)));
  // In a title, with what holds behind it: 'A2 S2 S3: …', `B4 ${…}: …`.
  const title = new RegExp(`['"\`]${row}\\b|['"\`][A-F]\\d+ [^'"\`]*, ${row}\\b`);
  expect(texts.some((text) => title.test(text))).toBe(true);
});

test.each(ROWS)('%s has what the table says that holds in the titles of its tests', (row) => {
  const texts = of(row).flatMap(({ files }) => files.map((file) => read(join(FOLDER, file))));
  const named = texts.flatMap((text) => [...text.matchAll(new RegExp(`\\b${row}\\b([^:\n]*):`, 'g'))]);
  const said = new Set(named.flatMap(([, codes]) => codes!.match(/\b[SLRE]\d\b/g) ?? []));
  const claimed = of(row).flatMap(({ holds }) => holds.match(/\b[SLRE]\d\b/g) ?? []);
  expect(claimed.filter((code) => !said.has(code))).toEqual([]);
});

test.each(['B18', 'D9'])('%s can only be simulated, and says so', (row) => {
  const [entry] = of(row);
  expect(read(join(FOLDER, entry!.files[0]!))).toContain('(only simulated)');
});
