// Runs bench/run.mjs, after it has installed what bench/ compares with: a package of its own, so that other lock
// libraries never come near ours.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const bench = fileURLToPath(new URL('../bench', import.meta.url));

function run(command, ...args) {
  // Its output is not the result: what is printed to stdout is the tables alone.
  const stdio = command === 'npm' ? ['ignore', 2, 2] : 'inherit';
  const { status } = spawnSync(command, args, { stdio });
  if (status !== 0) process.exit(status ?? 1);
}

if (!existsSync(join(bench, 'node_modules'))) run('npm', 'ci', '--prefix', bench, '--no-audit', '--no-fund');
run(process.execPath, join(bench, 'run.mjs'), ...process.argv.slice(2));
