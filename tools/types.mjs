// Type-checks everything that the build does not compile: the tests and the examples, and the type tests of the
// decorator, those as a user has them: against the built declarations, with both kinds of decorators and both compilers.

import { spawn } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const stable = 'node_modules/typescript/bin/tsc';
const native = 'node_modules/typescript-7/bin/tsc';

const checks = [
  ['TypeScript 6, tests and examples', stable, '__tests__/tsconfig.json'],
  ['TypeScript 6, tests with legacy decorators', stable, '__tests__/legacy/tsconfig.json'],
  ['TypeScript 6, type tests, standard decorators', stable, '__tests__/types/tsconfig.standard.json'],
  ['TypeScript 6, type tests, legacy decorators', stable, '__tests__/types/tsconfig.legacy.json'],
  ['TypeScript 7, library', native, 'tsconfig.json'],
  ['TypeScript 7, type tests, standard decorators', native, '__tests__/types/tsconfig.standard.json'],
  ['TypeScript 7, type tests, legacy decorators', native, '__tests__/types/tsconfig.legacy.json'],
];

function check([title, compiler, project]) {
  return new Promise((resolve) => {
    const args = [
      compiler,
      '--project',
      project,
      '--noEmit',
      '--pretty',
      String(Boolean(process.stdout.isTTY)),
    ];
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', (text) => (output += text));
    child.on('close', (code) => {
      console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${title} (${project})\n${output}`.trimEnd());
      if (code !== 0) process.exitCode = 1;
      resolve();
    });
  });
}

async function work() {
  for (let next = checks.shift(); next; next = checks.shift()) await check(next);
}

await Promise.all(Array.from({ length: Math.min(4, availableParallelism()) }, work));
