/** `npm run chaos`: real processes take locks of a real server while everything goes wrong, and their histories are judged. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, judge } from '../checker/judge.js';
import { obey } from '../command-line.js';
import { type Arguments, readArguments } from './arguments.js';
import { ENOUGH, neverHappened, run } from './run.js';

const words = process.argv.slice(2);
process.exitCode = await obey(() => readArguments(words), main);

async function main(given: Arguments): Promise<number> {
  const seeded = words.includes('--seed') ? words : ['--seed', String(given.seed), ...words];
  console.log(`seed ${given.seed}, ${given.processes} processes`);
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-chaos-'));
  const ran = await run(given, folder, (entered, seconds) => {
    console.log(`${seconds.toFixed(0)} s: ${entered} acquisitions`);
  });
  const { verdict } = judge(folder);
  const each = ran.entered / ran.seconds;
  console.log(`${ran.entered} acquisitions in ${ran.seconds.toFixed(0)} s, ${each.toFixed(0)} in a second`);
  console.log([...ran.faults].map(([name, times]) => `${times} × ${name}`).join(', '));
  console.log(describe(verdict));
  const missing: string[] = [];
  if (given.acquisitions >= ENOUGH) {
    missing.push(...neverHappened(ran, given.faults));
    if (verdict.refused === 0) missing.push('a late write that was refused');
  }
  if (verdict.claims === 0) missing.push('an acquisition');
  if (missing.length > 0) console.log(`VACUOUS: never happened: ${missing.join(', ')}`);
  if (verdict.valid && missing.length === 0) {
    rmSync(folder, { recursive: true });
    return 0;
  }
  console.log(
    `histories: npm run check-history -- ${folder} (history.html there is a timeline)\nagain: npm run chaos -- ${seeded.join(' ')}`,
  );
  return 1;
}
