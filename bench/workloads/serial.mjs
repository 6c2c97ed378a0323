import { runSections } from '../lib/sections.mjs';
import { percentile } from '../lib/statistics.mjs';

export const about = 'one caller, a key of its own';
export const floor = true;
export const repeats = 5;
export const full = { sections: 2_000, warmUp: 1_000 };
export const smoke = { sections: 200, warmUp: 50 };

export async function run({ subject, size }) {
  await runSections(subject, { key: 'own', callers: 1, sections: size.warmUp, ms: 0 });
  const log = await runSections(subject, { key: 'own', callers: 1, sections: size.sections, ms: 0 });
  // From one question to the next: the release is part of what a section costs.
  const costs = log.slice(1).map(([asked], i) => (asked - log[i][0]) * 1_000);
  return { 'p50 µs': percentile(costs, 0.5), 'p99 µs': percentile(costs, 0.99) };
}
