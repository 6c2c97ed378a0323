import { now, sleep } from '../lib/clock.mjs';
import { hold } from '../lib/hold.mjs';

export const about = '10,000 waiters for one key in one process';
export const full = { waiters: 10_000 };
export const deadline = 12_000;
export const repeats = 1;
export const smoke = { waiters: 100 };

export async function run({ subject, tell, size: { waiters } }) {
  for (let i = 0; i < 200; i++) await subject.withLock('warm', async () => undefined);
  const order = [];
  const giveBack = await hold(subject, 'hot');
  globalThis.gc();
  const before = process.memoryUsage().heapUsed;
  const all = Promise.all(
    Array.from({ length: waiters }, (_, i) =>
      subject.withLock('hot', async () => {
        order.push(i);
      }),
    ),
  );
  await sleep(500);
  globalThis.gc();
  const bytes = (process.memoryUsage().heapUsed - before) / waiters;
  tell({ 'bytes per waiter': bytes });
  const released = now();
  await giveBack();
  await all;
  return {
    'bytes per waiter': bytes,
    'all settled ms': now() - released,
    'in order': order.every((waiter, i) => waiter === i) ? 1 : 0,
  };
}
