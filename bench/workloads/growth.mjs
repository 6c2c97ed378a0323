import { now, sleep } from '../lib/clock.mjs';
import { hold } from '../lib/hold.mjs';
import { startMembers } from '../lib/members.mjs';

export const about = 'how it grows: waiters in one process, processes on one key';
export const full = { waiters: [10, 100, 1_000, 10_000], processes: [1, 2, 4, 8, 16], enough: 8_000 };
export const deadline = 20_000;
/** It says how things grow, and needs no median for that. */
export const rounds = 1;
export const repeats = 1;
export const smoke = { waiters: [10], processes: [1, 2], enough: 1_000 };

/** Ms from the release until all of `waiters` have been served. */
async function settle(subject, waiters) {
  const key = `hot ${waiters}`;
  const giveBack = await hold(subject, key);
  const all = Promise.all(
    Array.from({ length: waiters }, () => subject.withLock(key, async () => undefined)),
  );
  await sleep(200);
  const released = now();
  await giveBack();
  await all;
  return now() - released;
}

/** Sections per second of `processes` × 4 callers × 10 sections. */
async function contend(name, url, processes) {
  const members = await startMembers(name, url, processes);
  const logs = await members.run(() => ({ key: `hot of ${processes}`, callers: 4, sections: 10, ms: 0 }));
  members.stop();
  const all = logs.flat();
  const taken = Math.max(...all.map(([, , ended]) => ended)) - Math.min(...all.map(([asked]) => asked));
  return (all.length * 1_000) / taken;
}

export async function run({ name, url, subject, tell, size: { waiters, processes, enough } }) {
  const figures = {};
  for (const count of waiters) {
    const ms = (figures[`${count} waiters: ms`] = await settle(subject, count));
    tell(figures);
    // The next one takes about ten times as long.
    if (ms > enough / 10) break;
  }
  for (const count of processes) {
    const rate = (figures[`${count} processes: sections/s`] = await contend(name, url, count));
    tell(figures);
    if ((count * 40 * 1_000) / rate > enough / 4) break;
  }
  return figures;
}
