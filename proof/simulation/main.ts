import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';

import { obey } from '../command-line.js';
import { type Arguments, readArguments } from './arguments.js';
import { play } from './schedule.js';
import { shrink } from './shrink.js';
import { add, describe, emptyTally, merge, type Tally, whatIsMissing } from './tally.js';

/** What a schedule leaves behind is dead with it: in a room that holds several, next to nothing has to be kept or copied. */
const ROOM = { maxYoungGenerationSizeMb: 96 };
/** So much of a trace is shown before its end. */
const LAST_LINES = 40;

if (isMainThread) process.exitCode = await obey(() => readArguments(process.argv.slice(2)), main);
else parentPort?.postMessage(await playAll(workerData as Arguments));

function main(given: Arguments): Promise<number> {
  return given.seed === undefined ? many(given) : replay(given.seed, given);
}

async function many(given: Arguments): Promise<number> {
  console.log(`seeds ${given.from} to ${given.from + given.seeds - 1}`);
  const started = performance.now();
  const tally = (await Promise.all(shares(given).map(work))).reduce(merge, emptyTally());
  console.log(describe(tally, (performance.now() - started) / 1_000));
  for (const [seed, violations] of tally.failed.slice(0, 20))
    console.log(`seed ${seed}: ${violations.join('; ')}`);
  const missing = whatIsMissing(tally);
  if (missing.length > 0) console.log(`VACUOUS: never happened: ${missing.join(', ')}`);
  console.log(`${tally.failed.length} schedules failed`);
  const [first] = tally.failed;
  if (first !== undefined) await replay(first[0], { ...given, without: await shrink(first[0], given) });
  return first === undefined && missing.length === 0 ? 0 : 1;
}

async function replay(seed: number, { without, liveness, brief }: Arguments): Promise<number> {
  const played = await play(seed, { without: new Set(without), liveness, brief, recording: true });
  console.log(`seed ${seed}: ${played.servers} servers; ${played.kinds.join(', ')}; trace ${played.hash}`);
  const bad = played.lines.findIndex((line) => line.includes('VIOLATION'));
  const lines = bad < 0 ? played.lines : played.lines.slice(Math.max(0, bad - LAST_LINES), bad + 1);
  console.log(lines.join('\n'));
  for (const violation of played.violations) console.log(violation);
  const omitted = without.length === 0 ? '' : ` --without ${without.join(',')}`;
  const how = `${liveness ? ' --liveness' : ''}${brief ? ' --brief' : ''}`;
  console.log(`npm run simulate -- --seed ${seed}${omitted}${how}`);
  return played.violations.length === 0 ? 0 : 1;
}

/** One after the other, so that all of them are played whatever their number. */
function shares(given: Arguments): Arguments[] {
  const each = Math.ceil(given.seeds / given.workers);
  return Array.from({ length: given.workers }, (_, n) => ({
    ...given,
    from: given.from + n * each,
    seeds: Math.max(0, Math.min(each, given.seeds - n * each)),
  }));
}

function work(share: Arguments): Promise<Tally> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: share, resourceLimits: ROOM });
    worker.once('message', resolve);
    worker.once('error', reject);
    // Does nothing behind a message.
    worker.once('exit', (code) => reject(new Error(`a worker ended with ${code} and told nothing`)));
  });
}

async function playAll({ from, seeds, without, liveness, brief }: Arguments): Promise<Tally> {
  const tally = emptyTally();
  const left = new Set(without);
  // Nobody reads the stacks of errors that are part of the game; who plays a seed again has them.
  Error.stackTraceLimit = 0;
  for (let seed = from; seed < from + seeds; seed++) {
    add(tally, await play(seed, { without: left, liveness, brief }));
    // Here Node looks for rejections that nobody has handled: one ends the run.
    await new Promise((resolve) => setImmediate(resolve));
  }
  return tally;
}
