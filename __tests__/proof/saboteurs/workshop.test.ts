import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';

import { runNode } from '../../../proof/saboteurs/child.js';
import type { Saboteur } from '../../../proof/saboteurs/saboteur.js';
import { Workshop } from '../../../proof/saboteurs/workshop.js';
import { pause } from '../../support/pause.js';

/** A project so small that its tests take no time. */
const FILES = {
  'package.json': '{ "jest": { "testEnvironment": "node" } }',
  'src/add.js': '// Adds.\nexports.add = (a, b) => a + b;\nexports.both = (a, b) => a && b;\n',
  '__tests__/add.test.js': `
const { add } = require('../src/add.js');
test('adds', () => expect(add(1, 2)).toBe(3));
test('adds nothing', () => expect(add(1, 0)).toBe(1));
`,
  '__tests__/failing.test.js': "test('fails', () => expect(1).toBe(2));\n",
};

let project: string;
let workshop: Workshop;

beforeAll(() => {
  project = mkdtempSync(join(tmpdir(), 'latchkey-project-'));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(join(project, dirname(file)), { recursive: true });
    writeFileSync(join(project, file), text);
  }
  symlinkSync(join(__dirname, '../../../node_modules'), join(project, 'node_modules'), 'dir');
  workshop = new Workshop(project);
});
afterAll(() => {
  workshop.close();
  rmSync(project, { recursive: true });
});

const PLUS = { find: 'a + b', put: 'a - b' };
const saboteur = (change: Partial<Saboteur> = {}): Saboteur => ({
  name: 'minus',
  what: 'It subtracts.',
  file: 'src/add.js',
  ...PLUS,
  suite: 'add.test.js',
  test: 'adds',
  ...change,
});

it('says who has killed it, and mends what it has done', async () => {
  expect(await workshop.judge(saboteur())).toEqual({
    is: 'killed',
    by: 'adds',
    why: expect.stringContaining('toBe'),
  });
  expect(await workshop.rehearse([saboteur()])).toBeUndefined();
});

it.each([
  ['changes a comment only', { find: '// Adds.', put: '// Subtracts.' }],
  ['changes what no test looks at', { find: 'a && b', put: 'a || b' }],
  ['is noticed by other tests than the one that is named', { test: 'adds nothing' }],
])('says that one survives that %s', async (_, change) => {
  expect(await workshop.judge(saboteur(change))).toEqual({ is: 'survived' });
});

it.each([
  ['does not fit the source', { find: 'a * b' }, 'must stand exactly once'],
  ['makes no program of it', { put: 'a +' }, 'the suite does not load: '],
  ['names no test', { test: 'divides' }, 'no test of this title'],
])('says nothing of one that %s', async (_, change, problem) => {
  expect(await workshop.judge(saboteur(change))).toEqual({
    is: 'invalid',
    problem: expect.stringContaining(problem),
  });
});

it('wants the tests to pass without a saboteur, and to be there', async () => {
  expect(await workshop.rehearse([saboteur({ suite: 'failing.test.js', test: 'fails' })])).toMatch(
    /^fails without a saboteur: fails: /,
  );
  expect(await workshop.rehearse([saboteur(), saboteur({ name: 'divider', test: 'divides' })])).toBe(
    'divider: there is no test "divides" in add.test.js',
  );
});

it('has a copy of the project beside it, until it is closed', () => {
  const another = new Workshop(project);
  const { root } = another;
  expect(existsSync(join(root, 'src/add.js'))).toBe(true);
  another.close();
  expect(existsSync(root)).toBe(false);
  // What was linked to is not removed with the link.
  expect(existsSync(join(project, 'node_modules/jest'))).toBe(true);
});

it('ends what takes too long, and what that has started', async () => {
  const beats = join(project, 'beats');
  const beat = `setInterval(() => require('node:fs').appendFileSync(${JSON.stringify(beats)}, '.'), 10)`;
  const script = `
    require('node:child_process').spawn(process.execPath, ['-e', ${JSON.stringify(beat)}]);
    console.log('started');
    setTimeout(() => { for (;;); }, 50);
  `;
  const ended = await runNode(['-e', script], { cwd: project, env: process.env, most: 1_500 });
  expect(ended).toEqual({ code: undefined, output: 'started\n' });
  const { size } = statSync(beats);
  expect(size).toBeGreaterThan(0);
  await pause(200);
  expect(statSync(beats).size).toBeLessThanOrEqual(size + 1);
});
