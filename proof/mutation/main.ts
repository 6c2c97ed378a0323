/** `npm run mutation`: small changes of the sources, one after the other, each of which a test has to notice. */
import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

import { closeOnSignals, obey } from '../command-line.js';
import { serverBinary } from '../rig/server-binary.js';
import { killAll } from '../saboteurs/child.js';
import { type Arguments, readArguments } from './arguments.js';
import { staleOnes } from './explained.js';
import type { Mutant } from './mutant.js';
import { describe, sumUp } from './report.js';
import { Tests } from './tests.js';
import { MutationWorkshop, Unfinished } from './workshop.js';

/** Where npm runs its scripts. */
const PROJECT = process.cwd();

/** Written by a tool of the scripts, which have mutants of their own: `npm run mutation:lua`. */
const GENERATED = 'src/scripts/generated.ts';

const workshops: MutationWorkshop[] = [];
closeOnSignals(close);
process.exitCode = await obey(() => readArguments(process.argv.slice(2), allSources()), main);

async function main({ sources, workers, reach, json }: Arguments): Promise<number> {
  const server = serverBinary(PROJECT);
  const tests = new Tests(PROJECT);
  for (let n = 0; n < workers; n++) workshops.push(new MutationWorkshop(PROJECT, tests, reach, server));
  const left = [...sources];
  const all: Mutant[] = [];
  let unfinished = 0;
  try {
    await Promise.all(
      workshops.map(async (workshop) => {
        for (let source = left.shift(); source !== undefined; source = left.shift()) {
          const since = performance.now();
          const mutants = await workshop.judge(source).catch((error: unknown) => {
            if (!(error instanceof Unfinished)) throw error;
            console.error(`${source}: ${error.message}`);
            unfinished++;
          });
          if (mutants === undefined) continue;
          console.log(describe(source, mutants, (performance.now() - since) / 1_000));
          all.push(...mutants);
          // Also when it does not come to its end, which is long.
          if (json !== undefined) writeFileSync(json, `${JSON.stringify(all, undefined, 1)}\n`);
        }
      }),
    );
  } finally {
    close();
  }
  console.log(`\n${sumUp(all)}`);
  const stale = staleOnes(all);
  for (const { file, find, put } of stale)
    console.error(`${file}: explained, and not alive: ${find} => ${put}`);
  return stale.length + unfinished === 0 ? 0 : 1;
}

function allSources(): string[] {
  return readdirSync(join(PROJECT, 'src'), { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file}`)
    .filter((file) => file.endsWith('.ts') && file !== GENERATED)
    .sort();
}

function close(): void {
  killAll();
  for (const workshop of workshops.splice(0)) workshop.close();
}
