import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import ts from 'typescript';

import * as latchkey from '../src/index.js';
import * as testing from '../src/testing/index.js';

const options = ts.readConfigFile(join(__dirname, '../tsconfig.json'), ts.sys.readFile);
const { options: compilerOptions } = ts.parseJsonConfigFileContent(
  options.config,
  ts.sys,
  join(__dirname, '..'),
);
const entries = [
  { entry: 'index.ts', list: 'surface.txt', module: latchkey, atLeast: 80 },
  { entry: 'testing/index.ts', list: 'surface.testing.txt', module: testing, atLeast: 10 },
].map((one) => ({ ...one, file: join(__dirname, '../src', one.entry) }));
const program = ts.createProgram(
  entries.map(({ file }) => file),
  { ...compilerOptions, noEmit: true },
);
const checker = program.getTypeChecker();

describe.each(entries)('$entry', ({ file, list, module, atLeast }) => {
  /** Everything that the entry exports, behind its alias. */
  const exported = checker
    .getExportsOfModule(checker.getSymbolAtLocation(program.getSourceFile(file)!)!)
    .map((alias) => ({
      name: alias.name,
      symbol: checker.getAliasedSymbol(alias),
      // A class that is exported as a type has no value here.
      isType: alias.declarations!.some(ts.isTypeOnlyExportDeclaration),
    }));

  it('exports exactly the names of its list', () => {
    const lines = exported.map((one) => `${one.isType ? 'type' : 'value'} ${one.name}`).sort();
    expect(`${lines.join('\n')}\n`).toBe(readFileSync(join(__dirname, list), 'utf8'));
  });

  it('has at run time the values of the list and nothing else', () => {
    const values = exported.filter(({ isType }) => !isType).map(({ name }) => name);
    expect(Object.keys(module).sort()).toEqual(values.sort());
  });

  it('documents every export, and every member that a user sees of it', () => {
    const documented = (symbol: ts.Symbol): boolean =>
      symbol.getDocumentationComment(checker).length > 0 || symbol.getJsDocTags(checker).length > 0;
    const members = ({ name, symbol }: (typeof exported)[number]): [string, ts.Symbol][] => {
      if ((symbol.flags & (ts.SymbolFlags.Interface | ts.SymbolFlags.Class)) === 0) return [];
      const properties = checker.getDeclaredTypeOfSymbol(symbol).getProperties();
      const inProject = properties.filter((property) => isOurs(property) && !isPrivate(property));
      return inProject.map((property) => [`${name}.${property.name}`, property]);
    };
    const all = exported.flatMap((entry) => [
      [entry.name, entry.symbol] as [string, ts.Symbol],
      ...members(entry),
    ]);
    expect(all.length).toBeGreaterThan(atLeast);
    // An error class says nothing of what its base says already.
    const silent = all.filter(
      ([name, symbol]) => !documented(symbol) && !/\.(?:name|code|retryable)$/.test(name),
    );
    expect(silent.map(([name]) => name)).toEqual([]);
  });
});

function isOurs(property: ts.Symbol): boolean {
  return property.declarations?.some((at) => !at.getSourceFile().fileName.includes('node_modules')) ?? false;
}

function isPrivate(property: ts.Symbol): boolean {
  return property.name.startsWith('#');
}
