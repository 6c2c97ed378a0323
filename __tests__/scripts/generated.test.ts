import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import * as generated from '../../src/scripts/generated.js';
import { startRedis } from '../support/redis-server.js';

const ROOT = join(__dirname, '../..');
const FOLDER = join(ROOT, 'src/scripts');
const scripts = Object.values(generated);

/** The text with the files that it includes in the places where it says so. */
const withParts = (source: string): string =>
  source
    .split('\n')
    .map((line) => {
      const part = /^--- include (.+)$/.exec(line)?.[1];
      return part === undefined ? line : readFileSync(join(FOLDER, part), 'utf8').replace(/\n$/, '');
    })
    .join('\n');

describe('the scripts', () => {
  it('are the .lua files, each as a constant', () => {
    const files = readdirSync(FOLDER).filter((file) => file.endsWith('.lua'));
    expect(scripts.map(({ name }) => `${name}.lua`).sort()).toEqual(files.sort());
    for (const [constant, { name }] of Object.entries(generated)) {
      expect(name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase())).toBe(constant);
    }
  });

  it('are inlined as they stand in the files', () => {
    const check = ['tools/inline-lua.mjs', '--check'];
    expect(() => execFileSync(process.execPath, check, { cwd: ROOT, stdio: 'pipe' })).not.toThrow();
  });

  describe.each(scripts)('$name', ({ name, keys, source, sha1 }) => {
    const lines = source.split('\n');
    const code = lines.filter((line) => !line.trimStart().startsWith('--')).join('\n');
    const indexes = (table: string, text: string): number[] =>
      [
        ...new Set(
          [...text.matchAll(new RegExp(`\\b${table}\\[(\\d+)\\]`, 'g'))].map((match) => Number(match[1])),
        ),
      ].sort();

    it('is the file with the parts that it includes, byte for byte', () => {
      expect(withParts(readFileSync(join(FOLDER, `${name}.lua`), 'utf8'))).toBe(source);
    });

    it('has the hash under which a real server finds it', async () => {
      const server = await startRedis();
      expect(await server.command('SCRIPT', 'LOAD', source)).toBe(sha1);
      expect(createHash('sha1').update(source).digest('hex')).toBe(sha1);
    });

    it('starts with purpose, KEYS, ARGV and reply, which are those of its code', () => {
      const header = lines.slice(
        0,
        lines.findIndex((line) => !line.startsWith('--')),
      );
      const starting = (words: string) => header.filter((line) => line.startsWith(`-- ${words}`)).join('\n');
      expect(header[0]).toMatch(new RegExp(`^-- ${name}: \\S`));
      for (const table of ['KEYS', 'ARGV']) {
        // A script of several steps goes through them in a loop.
        const loops = new RegExp(`\\b${table}\\[(?!\\d+\\])`).test(code);
        if (!loops) expect(indexes(table, starting(table))).toEqual(indexes(table, code));
      }
      expect(indexes('KEYS', starting('KEYS'))).toEqual([1, 2, 3, 4, 5].slice(0, keys));
      expect(starting('Returns')).toMatch(/^-- Returns \S/);
    });

    it('reaches no key but its KEYS, and makes no Lua from arguments', () => {
      const calls = [...code.matchAll(/redis\.p?call\('(\w+)'(?:, (\w+))?/g)];
      expect(calls).not.toEqual([]);
      for (const [, command, key] of calls) {
        // A channel is no key, and the others have none.
        if (['PUBLISH', 'TIME', 'INFO'].includes(command!)) continue;
        expect(code).toMatch(new RegExp(`^ *[\\w, ]*\\b${key!}\\b[\\w, ]* = KEYS\\[`, 'm'));
      }
      expect(code).not.toMatch(/\b(loadstring|load|dofile|unpack)\b/);
    });
  });
});
