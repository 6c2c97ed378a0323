// Installs the packed tarball into an empty project outside this one, as a user does, and runs it there: as ESM, as
// CommonJS, and compiled from TypeScript with both kinds of decorators. Needs npm's cache or registry for nanoid.

import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const root = fileURLToPath(new URL('..', import.meta.url));
const tsc = require.resolve('typescript/bin/tsc');

/** What tools/consumer/lodge.ts prints when all is well. */
const EXPECTED = '555 555 1 LOCK_TIMEOUT true';

const names = `Object.keys(latchkey).filter((name) => name !== 'default').sort().join(' ')`;

function expect(what, actual, expected) {
  if (actual.trim() !== expected)
    throw new Error(`${what}: expected "${expected}" but got "${actual.trim()}"`);
  console.log(`ok     ${what}`);
}

/** @param tarball - the absolute path of what `npm pack` made */
export function checkConsumers(tarball) {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-consumer-'));
  const node = (...args) => execFileSync(process.execPath, args, { cwd: folder, encoding: 'utf8' });
  const manifest = (type) =>
    writeFileSync(join(folder, 'package.json'), `{ "private": true, "type": "${type}" }\n`);
  try {
    manifest('module');
    const npm = [
      'install',
      '--no-save',
      '--prefer-offline',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
      tarball,
    ];
    execFileSync('npm', npm, {
      cwd: folder,
      stdio: ['ignore', 'ignore', 'inherit'],
      shell: process.platform === 'win32',
    });

    // Before reflect-metadata is there: the package must do without.
    const surface = readFileSync(join(root, '__tests__/surface.txt'), 'utf8');
    const values = surface
      .match(/(?<=^value )\w+/gm)
      .sort()
      .join(' ');
    expect(
      'import',
      node('--input-type=module', '--eval', `import * as latchkey from 'latchkey'; console.log(${names})`),
      values,
    );
    expect(
      'require',
      node('--input-type=commonjs', '--eval', `const latchkey = require('latchkey'); console.log(${names})`),
      values,
    );

    // A world that takes a lock: the second entry works by itself, in both formats.
    const use = `testWorld().locker().acquire('k').then((lock) => console.log(lock.held))`;
    expect(
      'import testing',
      node('--input-type=module', '--eval', `import { testWorld } from 'latchkey/testing'; ${use}`),
      'true',
    );
    expect(
      'require testing',
      node('--input-type=commonjs', '--eval', `const { testWorld } = require('latchkey/testing'); ${use}`),
      'true',
    );

    // All of its names, as the surface list has them.
    const ofTesting = readFileSync(join(root, '__tests__/surface.testing.txt'), 'utf8')
      .match(/(?<=^value )\w+/gm)
      .sort();
    expect(
      'names of testing',
      node(
        '--input-type=module',
        '--eval',
        `import * as latchkey from 'latchkey/testing'; console.log(${names})`,
      ),
      ofTesting.join(' '),
    );

    for (const name of ['reflect-metadata', '@types', 'undici-types']) {
      symlinkSync(join(root, 'node_modules', name), join(folder, 'node_modules', name), 'junction');
    }
    cpSync(join(root, 'tools/consumer'), folder, { recursive: true });
    for (const type of ['module', 'commonjs']) {
      manifest(type);
      for (const legacy of [false, true]) {
        node(tsc, '--project', '.', '--outDir', 'out', '--experimentalDecorators', String(legacy));
        expect(
          `TypeScript, ${type}, ${legacy ? 'legacy' : 'standard'} decorators`,
          node('out/lodge.js'),
          EXPECTED,
        );
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
