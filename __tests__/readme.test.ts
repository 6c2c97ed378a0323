import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

import { DEFAULTS } from '../src/options.js';
import { readLockerOptions, readLockOptions } from '../src/settings.js';
import { anchorOf, read, ROOT } from './support/pages.js';

const under = (folder: string, ending: string): string[] =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((file) => file.endsWith(ending))
    .map((file) => join(folder, file));

const pages = [
  ...readdirSync(ROOT).filter((file) => file.endsWith('.md')),
  ...under('docs', '.md'),
  ...under('examples', '.md'),
];
const readme = read('README.md');

it('sees the pages', () => {
  expect(pages.length).toBeGreaterThanOrEqual(8);
});

describe.each(pages)('%s', (page) => {
  const text = read(page);

  it('shows code of the examples only', () => {
    const examples = under('examples', '.ts').map(read);
    const blocks = [...text.matchAll(/^```ts\n([^]*?)^```$/gm)].map(([, code]) => code!);
    const strange = blocks.filter(
      (block) => !examples.some((example) => `\n${example}`.includes(`\n${block}`)),
    );
    expect(strange).toEqual([]);
  });

  it('names files, anchors and npm scripts that there are', () => {
    const links = [...text.matchAll(/\]\((?!https?:)([^)#\s]*)(?:#([\w-]+))?\)/g)];
    const dead = links.filter(([, path, anchor]) => {
      const target = path === '' ? page : relative(ROOT, join(ROOT, dirname(page), path!));
      if (!existsSync(join(ROOT, target))) return true;
      return anchor !== undefined && !anchorsOf(read(target)).includes(anchor);
    });
    expect(dead.map(([link]) => link)).toEqual([]);
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };
    const named = [...text.matchAll(/npm run (?:--silent )?([\w:-]+)/g)].map(([, name]) => name!);
    expect(named.filter((name) => !(name in scripts))).toEqual([]);
  });
});

describe('README.md', () => {
  const rows = (heading: string): string[][] => {
    const section = readme.split(/^## /m).find((part) => part.startsWith(`${heading}\n`))!;
    const table = section
      .split(/^\| -.*\n/m)[1]!
      .split('\n')
      .filter((line) => line.startsWith('| `'));
    return table.map((line) =>
      line
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.trim()),
    );
  };

  it('begins with the two commands that do everything', () => {
    const [commands] = [...readme.matchAll(/^```sh\n([^]*?)^```$/gm)].map(([, code]) => code);
    expect(commands).toBe('npm ci && npm run demo\nnpm ci && npm test\n');
  });

  it('has a row for every option, with the default that it has', () => {
    const sources = ['src/options.ts', 'src/decorator.ts'].map(read).join('\n');
    const declared = new Set([...sources.matchAll(/^ {2}(\w+)\?: /gm)].map(([, name]) => name));
    const table = new Map(rows('Options').map(([name, value]) => [name!.replaceAll('`', ''), value!]));
    expect(new Set(table.keys())).toEqual(declared);

    const number = (text: string): number => Number(text.replaceAll(' ', ''));
    expect(number(table.get('timeout')!)).toBe(DEFAULTS.timeout);
    expect(number(table.get('ttl')!)).toBe(DEFAULTS.ttl);
    expect(number(table.get('grace')!)).toBe(DEFAULTS.grace);
    expect(table.get('prefix')).toBe(`\`'${DEFAULTS.prefix}'\``);
    const settings = (ttl: number) => readLockOptions('call', { ttl }, readLockerOptions(undefined));
    const [, share, most] = /^ttl \/ (\d+), at most ([\d ]+)$/.exec(table.get('commandTimeout')!)!;
    expect(settings(400).commandTimeout).toBe(400 / Number(share));
    expect(settings(1e6).commandTimeout).toBe(number(most!));
    expect(table.get('minValidity')).toBe('ttl / 2');
    expect(settings(400).minValidity).toBe(200);
  });

  it('has a row for every error, with its code, its class and whether to try again', () => {
    const source = read('src/errors.ts');
    const classes = source.split(/^export class /m).slice(1);
    const declared = classes.map((text) => [
      /code = '(\w+)'/.exec(text)![1],
      /^\w+/.exec(text)![0],
      { true: 'yes', false: 'no' }[/retryable = (\w+)/.exec(text)?.[1] ?? ''] ?? 'as `reason` says',
    ]);
    const table = rows('Errors').map(([code, name, , retryable]) => [
      code!.replaceAll('`', ''),
      name!.replaceAll('`', ''),
      retryable!,
    ]);
    expect(table).toEqual(declared);
    const codes = [.../export type LockErrorCode =([^;]*);/.exec(source)![1]!.matchAll(/'(\w+)'/g)];
    expect(codes.map(([, code]) => code)).toEqual(table.map(([code]) => code));
  });

  it('has the figures of the last benchmark, its machine and its date', () => {
    const results = read('bench/results/latest.md');
    const cells = (line: string): string[] => line.split('|').map((cell) => cell.trim());
    const measured = results.split('### latchkey against what was aimed at')[1]!.trim().split('\n');
    const shown = readme.split('\n').map((line) => cells(line).join('|'));
    for (const line of measured.filter((_, i) => i !== 1)) expect(shown).toContain(cells(line).join('|'));
    const [, date, cpu, node, redis] = /^(\S+), (.*?), \d+ cores, Node (\S+), Redis (\S+)\. /.exec(results)!;
    for (const fact of [date, cpu, node, redis]) expect(readme).toContain(fact);
    expect(read('bench/results/chart.svg')).toContain(date);
  });

  it('names every event', () => {
    const source = read('src/core/events.ts');
    const declared = /interface LockEvents \{([^]*?)^\}/m.exec(source)![1]!.matchAll(/^ {2}(\w+): /gm);
    for (const [, name] of declared) expect(readme).toContain(`\`${name!}\``);
  });
});

/** The anchors of a page's headings. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => anchorOf(heading!));
}
