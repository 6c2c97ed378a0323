/** `npm run soak -- --minutes N [--seed S] [--out folder]`: chaos for a long time, each minute judged, memory and connections watched. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { Verdict } from '../checker/check.js';
import { describe, judge } from '../checker/judge.js';
import { Arena } from '../chaos/arena.js';
import { FAULT_NAMES } from '../chaos/faults.js';
import { play } from '../chaos/run.js';
import { dice } from '../dice.js';
import { obey } from '../command-line.js';
import { type Arguments, readArguments } from './arguments.js';
import { chart } from './chart.js';
import { type Sample, sampleOf, trends } from './sample.js';

/** So many rounds may be bad before it ends: what is measured goes on, and each of them can be looked at. */
const MOST_BAD = 5;
/** A round of faults, s; calm, rest and judgement come on top. */
const ROUND = 45;
/** Workers that live to the end and are measured, and those that may be killed. */
const [IMMORTAL, MORTAL] = [2, 3];

process.exitCode = await obey(() => readArguments(process.argv.slice(2)), main);

async function main(given: Arguments): Promise<number> {
  const { minutes, seed, out } = given;
  console.log(`seed ${seed}, ${minutes} minutes`);
  const { samples, bad } = await soak(minutes, seed);
  const { heapPerHour, problems } = trends(samples);
  const total = samples.reduce((sum, one) => sum + one.acquisitions, 0);
  const title = `Soak: ${samples.at(-1)!.minutes.toFixed(0)} minutes, ${total} acquisitions, seed ${seed}`;
  console.log(`${title}\nheap: ${(heapPerHour / 2 ** 20).toFixed(2)} MiB per hour behind the first fifth`);
  if (out !== undefined) {
    mkdirSync(out, { recursive: true });
    writeFileSync(join(out, 'soak.svg'), picture(title, samples));
    writeFileSync(join(out, 'soak.json'), `${JSON.stringify({ seed, heapPerHour, samples }, null, 1)}\n`);
  }
  for (const problem of problems) console.log(`GROWS: ${problem}`);
  for (const folder of bad) console.log(`INVALID: npm run check-history -- ${folder}`);
  const isWell = bad.length === 0 && problems.length === 0;
  console.log(isWell ? 'all well' : `again: npm run soak -- --minutes ${minutes} --seed ${seed}`);
  return isWell ? 0 : 1;
}

/** @returns what was measured, and the folders of the rounds that were not valid */
async function soak(minutes: number, seed: number): Promise<{ samples: Sample[]; bad: string[] }> {
  const root = mkdtempSync(join(tmpdir(), 'latchkey-soak-'));
  const random = dice(seed);
  const start = performance.now();
  const passed = (): number => (performance.now() - start) / 60_000;
  const samples: Sample[] = [];
  const arena = await Arena.open(root, seed, 'checks', dice(seed + 1));
  const bad: string[] = [];
  try {
    const turn = (): string => {
      const folder = join(root, `round-${samples.length + 1}`);
      mkdirSync(folder);
      arena.turn(folder);
      return folder;
    };
    const look = (verdict: Verdict): void => {
      if (verdict.valid) {
        rmSync(folder, { recursive: true });
        return;
      }
      bad.push(folder);
      console.log(describe(verdict));
    };
    let folder = turn();
    for (let n = 0; n < IMMORTAL + MORTAL; n++) arena.start(n < IMMORTAL);
    while (passed() < minutes && bad.length < MOST_BAD) {
      const part = { acquisitions: Infinity, seconds: ROUND, faults: FAULT_NAMES };
      const { entered } = await play(arena, part, random, () => undefined);
      const rested = await arena.rest();
      const { verdict, judged } = judge(folder);
      const sample = sampleOf(passed(), entered, rested, judged);
      samples.push(sample);
      console.log(lineOf(sample));
      look(verdict);
      folder = turn();
    }
    await arena.close();
    // How all of them have ended stands in a folder of its own.
    look(judge(folder).verdict);
  } finally {
    await arena.destroy();
  }
  if (bad.length === 0) rmSync(root, { recursive: true });
  return { samples, bad };
}

function lineOf({ minutes, acquisitions, heap, sockets, keys, p50, p99 }: Sample): string {
  const memory = `${(heap / 2 ** 20).toFixed(2)} MiB of heap`;
  const waits = `granted after ${p50.toFixed(2)} ms (p50) and ${p99.toFixed(1)} ms (p99)`;
  return `${minutes.toFixed(1)} min: ${acquisitions} acquisitions, ${memory}, ${sockets} sockets, ${keys} keys, ${waits}`;
}

function picture(title: string, samples: readonly Sample[]): string {
  const of = (name: keyof Sample, divisor = 1): number[] => samples.map((one) => one[name] / divisor);
  return chart(title, of('minutes'), [
    { title: 'heap of a worker', unit: 'MiB', values: of('heap', 2 ** 20) },
    { title: 'memory of a worker', unit: 'MiB', values: of('rss', 2 ** 20) },
    { title: 'sockets of a worker', unit: '', values: of('sockets') },
    { title: 'keys in Redis', unit: '', values: of('keys') },
    { title: 'wait in calm, p50', unit: 'ms', values: of('p50') },
    { title: 'wait in calm, p99', unit: 'ms', values: of('p99') },
    { title: 'acquisitions in a round', unit: '', values: of('acquisitions') },
  ]);
}
