import { now, sleep } from '../lib/clock.mjs';

export const about = '10,000 waiters for one key in one process';
export const full = { waiters: 10_000 };
export const deadline = 12_000;
export const repeats = 1;
export const smoke = { waiters: 100 };

export async function run({ subject, tell, size: { waiters } }) {
  for (let i = 0; i < 200; i++) await subject.withLock('warm', async () => undefined);
  const order = [];
  let all;
  let bytes;
  let released;
  await subject.withLock('hot', async () => {
    globalThis.gc();
    const before = process.memoryUsage().heapUsed;
    all = Promise.all(
      Array.from({ length: waiters }, (_, i) =>
        subject.withLock('hot', async () => {
          order.push(i);
        }),
      ),
    );
    await sleep(500);
    globalThis.gc();
    bytes = (process.memoryUsage().heapUsed - before) / waiters;
    tell({ 'bytes per waiter': bytes });
    released = now();
  });
  await all;
  return {
    'bytes per waiter': bytes,
    'all settled ms': now() - released,
    'in order': order.every((waiter, i) => waiter === i) ? 1 : 0,
  };
}
