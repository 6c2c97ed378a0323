import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { countStandstill, stopwatches } from './standstill.js';

const standstill = countStandstill();
const stopwatch = stopwatches();

it('counts the time in which this process was stopped, and not more than has passed', async () => {
  const [since, before, took] = [performance.now(), standstill(), stopwatch()];
  const stop = spawn('sh', ['-c', 'kill -STOP "$0"; sleep 0.4; kill -CONT "$0"', String(process.pid)]);
  await once(stop, 'exit');
  // The threads wake up behind this one.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const [counted, left] = [standstill() - before, took()];
  const passed = performance.now() - since;
  expect(counted).toBeGreaterThan(300);
  expect(counted).toBeLessThanOrEqual(passed);
  expect(left).toBeLessThan(passed - 300);
});

it('does not count the time in which this thread was busy', () => {
  const took = stopwatch();
  const end = performance.now() + 500;
  while (performance.now() < end);
  // A machine that is shared takes some of it, and not nearly all.
  expect(took()).toBeGreaterThan(100);
});
