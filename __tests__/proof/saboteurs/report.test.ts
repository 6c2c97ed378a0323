import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { saboteurs } from '../../../proof/saboteurs/list.js';
import {
  BEGIN,
  describe as tell,
  END,
  inCell,
  type Result,
  sumUp,
  withTable,
} from '../../../proof/saboteurs/report.js';
import type { Saboteur } from '../../../proof/saboteurs/saboteur.js';

const saboteur = { name: 'one', what: 'It is <wrong> | odd.' } as Saboteur;
const KILLED: Result = {
  saboteur,
  verdict: { is: 'killed', by: 'a *test*', why: 'Error: no' },
  seconds: 1.26,
};
const SURVIVED: Result = { saboteur, verdict: { is: 'survived' }, seconds: 0.5 };
const INVALID: Result = { saboteur, verdict: { is: 'invalid', problem: 'stale' }, seconds: 0 };

it('tells of each what became of it', () => {
  expect([KILLED, SURVIVED, INVALID].map(tell)).toEqual([
    'one: killed by "a *test*": Error: no (1.3 s)',
    'one: SURVIVED (0.5 s)',
    'one: INVALID: stale (0.0 s)',
  ]);
});

it('sums up, and names those that were not killed', () => {
  expect(sumUp([KILLED, KILLED])).toBe('2 of 2 killed');
  expect(sumUp([SURVIVED, KILLED, INVALID])).toBe(
    'one (It is <wrong> | odd.) SURVIVED\none (It is <wrong> | odd.) INVALID: stale\n1 of 3 killed',
  );
});

it('writes the table between its marks, and nowhere else', () => {
  const page = `before\n${BEGIN}\nold\n${END}\nbehind`;
  const written = withTable(page, [KILLED]);
  expect(written).toContain('| `one` | It is \\<wrong\\> \\| odd. | a \\*test\\* |');
  expect(written).not.toContain('old');
  expect(written.startsWith(`before\n${BEGIN}`)).toBe(true);
  expect(written.endsWith(`${END}\nbehind`)).toBe(true);
  expect(withTable(written, [KILLED])).toBe(written);
  expect(() => withTable('without', [KILLED])).toThrow(RangeError);
});

it('has its table in docs/saboteurs.md, with all that there are, each of them killed', () => {
  const page = readFileSync(join(__dirname, '../../../docs/saboteurs.md'), 'utf8');
  const rows = page.split('\n').filter((line) => line.startsWith('| `'));
  const cells = rows.map((row) => row.split(/(?<!\\)\|/).map((cell) => cell.trim()));
  expect(cells.map(([, name, what]) => [name, what])).toEqual(
    saboteurs.map(({ name, what }) => [`\`${name}\``, inCell(what)]),
  );
  expect(cells.filter(([, , , by]) => by === '' || by === 'SURVIVED' || by?.startsWith('INVALID'))).toEqual(
    [],
  );
  expect(page).toContain(`${saboteurs.length} of ${saboteurs.length} killed`);
});
