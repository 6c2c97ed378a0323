import { now } from '../lib/clock.mjs';
import { runSections } from '../lib/sections.mjs';
import { median, overlaps } from '../lib/statistics.mjs';

export const about = '50 callers × 10 sections, one key, one process';
export const full = { callers: 50, sections: 10, enough: 1_000 };
export const smoke = { callers: 10, sections: 2, enough: 50 };

export async function run({ subject, size }) {
  const { enough, ...sections } = size;
  const rates = [];
  let overlapping = 0;
  const runFor = async (ms) => {
    const until = now() + ms;
    do {
      const start = now();
      const log = await runSections(subject, { key: 'hot', ...sections, ms: 0 });
      rates.push((log.length * 1_000) / (now() - start));
      overlapping += overlaps(log.map(([, began, ended]) => [began, ended]));
    } while (now() < until);
  };
  // A service runs for longer than the compiler takes.
  await runFor(enough);
  rates.length = 0;
  await runFor(enough);
  return { 'sections/s': median(rates), overlaps: overlapping };
}
