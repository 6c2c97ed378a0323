import { Worker } from 'node:worker_threads';

/** The thread wakes up so often, in ms; what it comes later than this and `PUNCTUAL` is counted. */
const EVERY = 5;
const PUNCTUAL = 3;

const COUNT = `
  const { parentPort, workerData } = require('node:worker_threads');
  const total = new Float64Array(workerData);
  const never = new Int32Array(new SharedArrayBuffer(4));
  parentPort.postMessage('counting');
  for (;;) {
    const asleep = performance.now();
    Atomics.wait(never, 0, 0, ${EVERY});
    const late = performance.now() - asleep - ${EVERY};
    if (late > ${PUNCTUAL}) total[0] += late;
  }
`;

/** From when it is made: how many ms have passed in which the machine did not stand still. */
export type Stopwatch = () => number;

/**
 * Counts for how long the machine stands still, as one does that is shared: what a bound in ms is longer by.
 *
 * A thread of its own counts, so that a test which keeps this one busy gets nothing for it.
 *
 * @returns ms so far; two of these tell what was between them
 */
export function countStandstill(): () => number {
  const total = new Float64Array(new SharedArrayBuffer(8));
  let thread: Worker;
  beforeAll(async () => {
    thread = new Worker(COUNT, { eval: true, workerData: total.buffer });
    await new Promise((resolve) => thread.once('message', resolve));
  });
  afterAll(() => thread.terminate());
  return () => total[0]!;
}

/** Makes stopwatches that do not count what the machine stands still. */
export function stopwatches(): () => Stopwatch {
  const standstill = countStandstill();
  return () => {
    const [since, before] = [performance.now(), standstill()];
    return () => performance.now() - since - (standstill() - before);
  };
}
