import { readFileSync, writeFileSync } from 'node:fs';

import prettier from 'prettier';

import { closeOnSignals, obey } from '../command-line.js';
import { serverBinary } from '../rig/server-binary.js';
import { type Arguments, readArguments } from './arguments.js';
import { ChaosWorkshop } from './chaos-workshop.js';
import { killAll } from './child.js';
import { saboteurs } from './list.js';
import { describe, type Result, sumUp, withTable } from './report.js';
import { isLua, type Saboteur } from './saboteur.js';
import { SimulationWorkshop } from './simulation-workshop.js';
import type { Verdict } from './verdict.js';
import { Workshop } from './workshop.js';

/** Where npm runs its scripts. */
const PROJECT = process.cwd();

/** What judges saboteurs, one at a time. */
interface Judge {
  judge(saboteur: Saboteur): Promise<Verdict>;
  close(): void;
}

const judges: Judge[] = [];
closeOnSignals(close);
process.exitCode = await obey(() => readArguments(process.argv.slice(2), saboteurs), main);

async function main(given: Arguments): Promise<number> {
  if (given.list) {
    for (const { name, file, what } of given.chosen) console.log(`${name} (${file}): ${what}`);
    return 0;
  }
  try {
    return await (given.judge === 'tests' ? withTests(given) : withProof(given, given.judge));
  } finally {
    close();
  }
}

async function withTests(given: Arguments): Promise<number> {
  const server = serverBinary(PROJECT);
  const workshops = Array.from({ length: given.workers }, () => new Workshop(PROJECT, server));
  judges.push(...workshops);
  console.log('the tests without a saboteur');
  const problems = await Promise.all(
    workshops.map(async (workshop, n) => {
      const suites = [...new Set(given.chosen.map(({ suite }) => suite))];
      const share = new Set(suites.filter((_, i) => i % workshops.length === n));
      const those = given.chosen.filter(({ suite }) => share.has(suite));
      return those.length === 0 ? undefined : workshop.rehearse(those);
    }),
  );
  const found = problems.filter((problem) => problem !== undefined);
  for (const problem of found) console.error(problem);
  if (found.length > 0) return 1;

  const results = await judgeAll(given.chosen, workshops);
  if (given.table !== undefined) {
    const page = withTable(readFileSync(given.table, 'utf8'), results);
    const config = await prettier.resolveConfig(given.table);
    writeFileSync(given.table, await prettier.format(page, { ...config, filepath: given.table }));
  }
  return conclude(given, results) ? 0 : 1;
}

/** That the simulation or chaos find all of them is not asked: many change nothing that these look at. */
async function withProof(given: Arguments, judge: 'simulation' | 'chaos'): Promise<number> {
  const server = serverBinary(PROJECT);
  const workshops = Array.from({ length: given.workers }, () =>
    judge === 'simulation'
      ? new SimulationWorkshop(PROJECT, given.schedules)
      : new ChaosWorkshop(PROJECT, given.acquisitions, server),
  );
  judges.push(...workshops);
  console.log(`${judge} without a saboteur`);
  const sound = await workshops[0]?.play();
  if (sound?.is !== 'survived') {
    console.error(`it fails without a saboteur: ${JSON.stringify(sound)}`);
    return 1;
  }
  // The servers of the simulation have no scripts.
  const chosen = judge === 'chaos' ? given.chosen : given.chosen.filter((saboteur) => !isLua(saboteur));
  const results = await judgeAll(chosen, workshops);
  conclude(given, results);
  return results.some(({ verdict }) => verdict.is === 'invalid') ? 1 : 0;
}

/** Each judge takes the next one of those that are left. @returns in the order of the saboteurs */
async function judgeAll(chosen: readonly Saboteur[], by: readonly Judge[]): Promise<Result[]> {
  const results: Result[] = [];
  const left = [...chosen.entries()];
  await Promise.all(
    by.map(async (judge) => {
      for (let next = left.shift(); next !== undefined; next = left.shift()) {
        const [place, saboteur] = next;
        const since = performance.now();
        const verdict = await judge.judge(saboteur);
        const result = { saboteur, verdict, seconds: (performance.now() - since) / 1_000 };
        results[place] = result;
        console.log(describe(result));
      }
    }),
  );
  return results;
}

/** @returns whether all of them are killed */
function conclude({ json }: Arguments, results: readonly Result[]): boolean {
  if (json !== undefined) {
    const plain = results.map(({ saboteur: { name, what, file }, ...more }) => ({
      name,
      what,
      file,
      ...more,
    }));
    writeFileSync(json, `${JSON.stringify(plain, undefined, 2)}\n`);
  }
  console.log(`\n${sumUp(results)}`);
  return results.every(({ verdict }) => verdict.is === 'killed');
}

function close(): void {
  killAll();
  for (const judge of judges.splice(0)) judge.close();
}
