import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';

import ts from 'typescript';

const src = join(__dirname, '../src');

interface Import {
  readonly from: string;
  readonly to: string;
  readonly typeOnly: boolean;
}

const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .map((file) => file.replaceAll('\\', '/'))
  .filter((file) => file.endsWith('.ts'));

/** What a file imports or exports from; paths of the project are relative to src and without an ending. */
function importsOf(file: string): Import[] {
  const source = ts.createSourceFile(file, readFileSync(join(src, file), 'utf8'), ts.ScriptTarget.ES2022);
  return source.statements.flatMap((statement) => {
    if (!ts.isImportDeclaration(statement) && !ts.isExportDeclaration(statement)) return [];
    const { moduleSpecifier } = statement;
    if (moduleSpecifier === undefined || !ts.isStringLiteral(moduleSpecifier)) return [];
    const { text } = moduleSpecifier;
    const to = text.startsWith('.') ? normalize(join(dirname(file), text)).replace(/\.js$/, '') : text;
    const typeOnly = ts.isImportDeclaration(statement)
      ? statement.importClause?.phaseModifier === ts.SyntaxKind.TypeKeyword
      : statement.isTypeOnly;
    return [{ from: file.replace(/\.ts$/, ''), to, typeOnly }];
  });
}

const imports = files.flatMap(importsOf);
const modules = new Set(files.map((file) => file.replace(/\.ts$/, '')));
const own = imports.filter(({ to }) => modules.has(to));
const show = ({ from, to }: Import): string => `${from} -> ${to}`;

/** The room of a module: its folder, or `root` for the story files. */
const room = (module: string): string =>
  module.includes('/') ? module.slice(0, module.indexOf('/')) : 'root';

/** What a room may import. `types` marks rooms of which it may know the types only. */
const rules: Record<string, { code: string[]; types: string[] }> = {
  root: {
    code: ['root', 'core', 'kinds', 'adapters'],
    types: ['root', 'core', 'kinds', 'adapters', 'scripts'],
  },
  core: { code: ['core', 'errors'], types: ['core', 'errors', 'kinds', 'adapters'] },
  kinds: { code: ['kinds', 'scripts'], types: ['kinds', 'scripts'] },
  scripts: { code: [], types: ['scripts'] },
  adapters: { code: ['adapters', 'checks'], types: ['adapters', 'scripts'] },
  // In no other room's list: nobody imports it.
  testing: {
    code: ['testing', 'root', 'checks', 'adapters'],
    types: ['testing', 'root', 'core', 'adapters', 'scripts'],
  },
};

/** Packages and modules of Node, each in the one file that wraps it. */
const outside: Record<string, string[]> = {
  nanoid: ['node-environment'],
  'node:async_hooks': ['context'],
  'node:os': ['node-environment'],
  'node:crypto': ['keys', 'testing/probe'],
  'node:diagnostics_channel': ['node-diagnostics'],
  'node:util': ['node-diagnostics'],
};

it('sees the sources', () => {
  expect(files.length).toBeGreaterThan(30);
  expect(own.length).toBeGreaterThan(60);
  expect(imports.filter(({ to }) => to.startsWith('.') || (!modules.has(to) && !(to in outside)))).toEqual(
    [],
  );
});

it('lets each room import only the rooms below it', () => {
  // Two files of the root that other rooms are allowed one by one.
  const target = (module: string): string => (['errors', 'checks'].includes(module) ? module : room(module));
  const wrong = own.filter(({ from, to, typeOnly }) => {
    const allowed = rules[room(from)]?.[typeOnly ? 'types' : 'code'] ?? [];
    return (
      !allowed.includes(target(to)) && !(room(from) === 'root' && ['errors', 'checks'].includes(target(to)))
    );
  });
  expect(wrong.map(show)).toEqual([]);
});

it('has no cycle, not even of types', () => {
  const cycles: string[] = [];
  const done = new Set<string>();
  const visit = (module: string, path: string[]): void => {
    if (path.includes(module)) {
      cycles.push([...path.slice(path.indexOf(module)), module].join(' -> '));
      return;
    }
    if (done.has(module)) return;
    for (const { to } of own.filter(({ from }) => from === module)) visit(to, [...path, module]);
    done.add(module);
  };
  for (const module of modules) visit(module, []);
  expect(cycles).toEqual([]);
});

it('wraps each package and each module of Node in one file', () => {
  const used = imports.filter(({ to }) => !modules.has(to));
  expect(used.filter(({ from, to }) => !outside[to]?.includes(from)).map(show)).toEqual([]);
});

it('imports no Redis client, and index is imported by nobody', () => {
  expect(imports.filter(({ to }) => /redis|ioredis|valkey/.test(to) && !modules.has(to)).map(show)).toEqual(
    [],
  );
  expect(own.filter(({ to }) => to === 'index').map(show)).toEqual([]);
});

it('gives testing no adapter but memory', () => {
  const fromTesting = own.filter(({ from, typeOnly }) => room(from) === 'testing' && !typeOnly);
  expect(fromTesting.filter(({ to }) => room(to) === 'adapters').map(({ to }) => to)).toEqual([
    'adapters/memory/memory',
  ]);
});

/** Globals through which the engine could look past its environment. */
const worldly = new Set([
  ...['Date', 'performance', 'process', 'crypto', 'console', 'globalThis', 'fetch', 'require'],
  ...['setTimeout', 'setInterval', 'setImmediate', 'clearTimeout', 'clearInterval', 'queueMicrotask'],
]);

it('keeps clock, timers, random numbers and the process out of the engine', () => {
  const found: string[] = [];
  for (const file of files.filter((name) => room(name) === 'core' || room(name) === 'kinds')) {
    const source = ts.createSourceFile(
      file,
      readFileSync(join(src, file), 'utf8'),
      ts.ScriptTarget.ES2022,
      true,
    );
    const look = (node: ts.Node): void => {
      const isProperty = ts.isPropertyAccessExpression(node.parent) && node.parent.name === node;
      const isMember = ts.isTypeElement(node.parent) || ts.isClassElement(node.parent);
      if (ts.isIdentifier(node) && worldly.has(node.text) && !isProperty && !isMember)
        found.push(`${file}: ${node.text}`);
      if (ts.isPropertyAccessExpression(node) && node.getText(source) === 'Math.random')
        found.push(`${file}: Math.random`);
      ts.forEachChild(node, look);
    };
    ts.forEachChild(source, look);
  }
  expect(found).toEqual([]);
});

it('has small files, one idea each', () => {
  const lines = files
    .filter((file) => file !== 'scripts/generated.ts')
    .map((file) => ({ file, lines: readFileSync(join(src, file), 'utf8').split('\n').length }));
  expect(lines.filter((file) => file.lines > 250)).toEqual([]);
  const sorted = lines.map((file) => file.lines).sort((a, b) => a - b);
  expect(sorted[Math.floor(sorted.length / 2)]).toBeLessThan(100);
});

it('has no room for everything', () => {
  const names = [...modules].map((module) => module.slice(module.lastIndexOf('/') + 1));
  expect(names.filter((name) => /^(utils?|helpers?|common|types|constants|misc)$/.test(name))).toEqual([]);
  expect(names.filter((name) => !/^[a-z][a-z0-9-]*$/.test(name))).toEqual([]);
});

it('mirrors src: every test file under a room has the name of a source file', () => {
  const tests = readdirSync(__dirname, { recursive: true, encoding: 'utf8' }).map((file) =>
    file.replaceAll('\\', '/'),
  );
  const mirrored = tests.filter((file) => /^(core|kinds|adapters|scripts)\/.*\.test\.ts$/.test(file));
  expect(mirrored.length).toBeGreaterThan(0);
  const sources = new Set([
    ...modules,
    ...readdirSync(join(src, 'scripts')).map((file) => `scripts/${file.replace(/\.\w+$/, '')}`),
  ]);
  const strays = mirrored.filter((file) => {
    const module = relative('.', file)
      .replaceAll('\\', '/')
      .replace(/\.test\.ts$/, '');
    return ![...sources].some(
      (source) => module === source || module.startsWith(`${source}.`) || source.startsWith(`${module}/`),
    );
  });
  expect(strays).toEqual([]);
});
