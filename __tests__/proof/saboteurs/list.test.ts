import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import { saboteurs } from '../../../proof/saboteurs/list.js';
import { sabotage } from '../../../proof/saboteurs/patch.js';
import { isLua } from '../../../proof/saboteurs/saboteur.js';

const root = join(__dirname, '../../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');
/** Of each of them, by its name. */
const each = saboteurs.map((saboteur) => [saboteur.name, saboteur] as const);

it('has many, each with a name of its own and a sentence about it', () => {
  expect(saboteurs.filter((saboteur) => !isLua(saboteur)).length).toBeGreaterThanOrEqual(36);
  expect(saboteurs.filter(isLua).length).toBeGreaterThanOrEqual(18);
  const names = saboteurs.map(({ name }) => name);
  expect(new Set(names).size).toBe(names.length);
  expect(names.filter((name) => !/^[a-z0-9]+(-[a-z0-9]+)*$/.test(name))).toEqual([]);
  expect(saboteurs.filter(({ what }) => !/^[A-Z].*\.$/.test(what)).map(({ name }) => name)).toEqual([]);
});

it.each(each)('%s fits the sources: what it replaces stands there exactly once', (_, saboteur) => {
  const text = read(saboteur.file);
  const spoilt = sabotage(text, saboteur);
  expect(spoilt).not.toBe(text);
  if (isLua(saboteur)) return;
  // It is a program still, else no test could say anything about it.
  const { diagnostics = [] } = ts.transpileModule(spoilt, { reportDiagnostics: true });
  expect(diagnostics.map(({ messageText }) => messageText)).toEqual([]);
});

it('names suites that there are, and tests of which the title stands there or in a contract', () => {
  const contracts = readdirSync(join(root, '__tests__/contracts')).map((file) =>
    read(`__tests__/contracts/${file}`),
  );
  for (const { name, suite, test } of saboteurs) {
    expect([name, existsSync(join(root, '__tests__', suite))]).toEqual([name, true]);
    const texts = [read(`__tests__/${suite}`), ...contracts];
    // Half of its words in a row: the others may be the title of its group, or a part for each case.
    const words = test.split(' ');
    const half = Math.ceil(words.length / 2);
    const runs = words.slice(0, words.length - half + 1).map((_, at) => words.slice(at, at + half).join(' '));
    expect([name, runs.some((run) => texts.some((text) => text.includes(run)))]).toEqual([name, true]);
  }
});
