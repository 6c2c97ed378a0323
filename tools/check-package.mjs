// Looks at the package as npm would publish it: builds it from nothing, packs it, lets publint and "are the types
// wrong" judge the tarball, then installs it into an empty project and uses it.

import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { checkConsumers } from './check-consumers.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const folder = join(root, 'build/package');

const run = (command, args, options) =>
  execFileSync(command, args, { cwd: root, stdio: 'inherit', ...options });
const read = (command, args, options) =>
  run(command, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'], ...options });
const demand = (condition, message) => {
  if (!condition) throw new Error(message);
};

function checkFiles(files) {
  const allowed =
    /^(dist\/(esm|cjs)\/.+\.(js|d\.ts)(\.map)?|dist\/cjs\/package\.json|src\/.+\.(ts|lua)|[A-Z]+(\.md)?|package\.json)$/;
  const strange = files.filter((file) => !allowed.test(file));
  demand(strange.length === 0, `the package must not contain ${strange.join(', ')}`);
  const missing = [
    'README.md',
    'CHANGELOG.md',
    'LICENSE',
    'src/index.ts',
    'dist/esm/testing/index.js',
    'dist/cjs/testing/index.js',
  ].filter((file) => !files.includes(file));
  demand(missing.length === 0, `the package lacks ${missing.join(', ')}`);
}

try {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  run(process.execPath, ['tools/build.mjs', '--clean']);
  const [pack] = JSON.parse(
    read('npm', ['pack', '--json', '--ignore-scripts', '--pack-destination', folder]),
  );
  const tarball = join(folder, pack.filename);
  checkFiles(pack.files.map((file) => file.path));
  run(process.execPath, ['node_modules/publint/src/cli.js', tarball, '--strict']);
  run(process.execPath, ['node_modules/@arethetypeswrong/cli/dist/index.js', tarball]);
  checkConsumers(tarball);
  run(process.execPath, ['node_modules/knip/bin/knip.js', '--no-progress']);
  console.log(
    `${pack.name} ${pack.version}: ${pack.files.length} files, ${Math.ceil(pack.size / 1024)} kB packed`,
  );
} catch (error) {
  console.error(`The package check failed: ${error.message}`);
  process.exitCode = 1;
}
