// Writes src/scripts/generated.ts from the .lua files beside it, so that the package reads no files at run time.
//
//   node tools/inline-lua.mjs           writes it (only when its text changes)
//   node tools/inline-lua.mjs --check   writes nothing; exits with 1 when it is not what the .lua files give
//
// Every script starts with the same header, which is checked here against the code:
//
//   -- mutex-acquire: takes the lock when it is free
//   -- KEYS[1] the lock, KEYS[2] its fence
//   -- ARGV[1] the token, ARGV[2] the time to live in milliseconds
//   -- Returns the fencing token, or false when somebody else holds the lock
//
// Each part may go on over more comment lines; `-- KEYS none` and `-- ARGV none` say that there are none.
//
// A line `--- include parts/<name>.lua` stands for that file: functions that several scripts share.

import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as prettier from 'prettier';

const folder = fileURLToPath(new URL('../src/scripts/', import.meta.url));
const target = join(folder, 'generated.ts');

/** The code without comments and without the contents of strings, so that only real uses are counted. */
function codeOnly(lua) {
  const comment = /--\[(=*)\[[\s\S]*?\]\1\]|--[^\n]*/;
  const string = /\[(=*)\[[\s\S]*?\]\2\]|"(?:\\[\s\S]|[^"\\\n])*"|'(?:\\[\s\S]|[^'\\\n])*'/;
  return lua.replace(new RegExp(`${comment.source}|${string.source}`, 'g'), (found) =>
    found.startsWith('--') ? ' ' : '""',
  );
}

const sorted = (numbers) => [...new Set(numbers)].sort((a, b) => a - b);
const list = (table, numbers) => numbers.map((n) => `${table}[${n}]`).join(', ');

/** The indexes of `table` that are written out in `text`, and whether it is used in any other way (a loop, unpack). */
function uses(table, text) {
  const literal = [...text.matchAll(new RegExp(`\\b${table}\\s*\\[\\s*(\\d+)\\s*\\]`, 'g'))].map((m) =>
    Number(m[1]),
  );
  const all = text.match(new RegExp(`\\b${table}\\b`, 'g')) ?? [];
  return { indexes: sorted(literal), dynamic: all.length > literal.length };
}

/** The text of a file, with the files that it includes in the places where it says so. */
function withParts(source) {
  return source.replace(/^--- include (parts\/[\w-]+\.lua)\n/gm, (_line, part) =>
    readFileSync(join(folder, part), 'utf8'),
  );
}

/** Checks one script and returns what its constant holds. Throws an Error that says what to mend. */
function readScript(file) {
  const bytes = Buffer.from(withParts(readFileSync(join(folder, file), 'utf8')));
  const source = bytes.toString('utf8');
  const name = basename(file, '.lua');
  const fail = (message) => {
    throw new Error(`src/scripts/${file}: ${message}`);
  };

  if (!/^[a-z][a-z0-9]*(-[a-z0-9]+)*$/.test(name)) fail('the file name must be words-with-dashes.lua');
  if (!Buffer.from(source).equals(bytes) || source.startsWith('\uFEFF'))
    fail('must be UTF-8 without a byte order mark');
  if (source.includes('\r')) fail('must have LF line ends, not CRLF');
  if (source.startsWith('#!')) fail('must not have a shebang: servers before Redis 7 refuse it');

  const header = /^(?:--[^\n]*\n)*/.exec(source)[0].split('\n').slice(0, -1);
  if (!header[0]?.startsWith(`-- ${name}: `) || header[0].trim() === `-- ${name}:`) {
    fail(`the first line must be "-- ${name}: <purpose>"`);
  }
  const starts = ['KEYS', 'ARGV', 'Returns'].map((word) => {
    const line = header.findIndex((text) => new RegExp(`^-- ${word}\\b`).test(text));
    if (line < 0) fail(`the comment at the top needs a line that starts with "-- ${word}"`);
    return line;
  });
  if (starts[0] > starts[1] || starts[1] > starts[2])
    fail('the header must have KEYS, ARGV and Returns in this order');

  const code = codeOnly(source);
  const documented = ['KEYS', 'ARGV'].map((table, i) => {
    const { indexes } = uses(table, header.slice(starts[i], starts[i + 1]).join('\n'));
    if (indexes.some((n, at) => n !== at + 1))
      fail(`the header must describe ${table}[1], ${table}[2], ... without a gap`);
    const used = uses(table, code);
    const unknown = used.indexes.filter((n) => !indexes.includes(n));
    if (unknown.length > 0) fail(`the code uses ${list(table, unknown)}, which the header does not describe`);
    const unused = indexes.filter((n) => !used.indexes.includes(n));
    if (unused.length > 0 && !used.dynamic)
      fail(`the header describes ${list(table, unused)}, which the code does not use`);
    return indexes;
  });
  return { name, keys: documented[0].length, source, sha1: createHash('sha1').update(bytes).digest('hex') };
}

function declaration({ name, keys, source, sha1 }) {
  const constant = name.replace(/-([a-z0-9])/g, (_, letter) => letter.toUpperCase());
  const lines = source.split(/(?<=\n)/).map((line) => JSON.stringify(line));
  return `export const ${constant}: Script = {
  name: ${JSON.stringify(name)},
  keys: ${keys},
  source: ${lines.join(' +\n')},
  sha1: ${JSON.stringify(sha1)},
};
`;
}

async function generate() {
  const files = readdirSync(folder).filter((name) => name.endsWith('.lua'));
  const text = [
    '// Generated by tools/inline-lua.mjs from the .lua files beside it; do not edit.\n',
    `import type { Script } from './script.js';\n`,
    ...files.sort().map((file) => declaration(readScript(file))),
  ].join('\n');
  return prettier.format(text, { ...(await prettier.resolveConfig(target)), filepath: target });
}

try {
  const wanted = await generate();
  const present = existsSync(target) ? readFileSync(target, 'utf8') : undefined;
  if (present !== wanted) {
    if (process.argv.includes('--check')) {
      throw new Error(
        'src/scripts/generated.ts is not up to date with the .lua files: run "npm run inline-lua" and commit it',
      );
    }
    writeFileSync(target, wanted);
  }
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
