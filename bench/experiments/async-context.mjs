// What following the async context costs: promises per second before and after the first use of AsyncLocalStorage, in turns.
//
//   node bench/experiments/async-context.mjs
import { spawnSync } from 'node:child_process';
import { AsyncLocalStorage } from 'node:async_hooks';

import { now } from '../lib/clock.mjs';

const ROUNDS = 5;
const AWAITS = 1_000_000;

if (process.argv[2] === undefined) {
  const took = { without: [], with: [] };
  for (let round = 0; round < ROUNDS; round++) {
    for (const way of Object.keys(took)) {
      const { stdout } = spawnSync(process.execPath, [import.meta.filename ?? process.argv[1], way], {
        encoding: 'utf8',
      });
      took[way].push(Number(stdout));
    }
  }
  const median = (all) => all.sort((a, b) => a - b)[Math.floor(all.length / 2)];
  for (const [way, all] of Object.entries(took)) {
    console.log(`an await of an async function ${way} a context: ${median(all).toFixed(0)} ns`);
  }
} else {
  const context = new AsyncLocalStorage();
  const step = async () => undefined;
  const work = async () => {
    for (let i = 0; i < AWAITS; i++) await step();
  };
  const run = () => (process.argv[2] === 'with' ? context.run({}, work) : work());
  await run();
  const since = now();
  await run();
  process.stdout.write(String(((now() - since) / AWAITS) * 1e6));
}
