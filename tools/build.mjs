// Builds dist/esm and dist/cjs. Both passes are incremental: a second run takes about a second.
// With --clean the old output is removed first, so that nothing of a deleted source file survives.

import { execFileSync } from 'node:child_process';
import { rmSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const run = (...args) => execFileSync(process.execPath, args, { cwd: root, stdio: 'inherit' });

try {
  if (process.argv.includes('--clean')) rmSync(`${root}/dist`, { recursive: true, force: true });
  run('tools/inline-lua.mjs');
  run('node_modules/typescript/bin/tsc', '-b', 'tsconfig.json', 'tsconfig.cjs.json');
  // The package says "type": "module"; without this Node would read dist/cjs as ES modules too.
  writeFileSync(`${root}/dist/cjs/package.json`, '{ "type": "commonjs" }\n');
} catch (error) {
  // The program that failed has said why; a stack trace of this file would only hide it.
  process.exitCode = error.status ?? 1;
  if (error.status === undefined) console.error(error.message);
}
