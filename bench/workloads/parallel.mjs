import { now } from '../lib/clock.mjs';
import { runSections } from '../lib/sections.mjs';

export const about = '64 callers, 64 keys, one process';
export const floor = true;
export const full = { sections: 250, warmUp: 50 };
export const smoke = { sections: 10, warmUp: 2 };

const CALLERS = 64;

export async function run({ subject, size }) {
  const all = (sections) =>
    Promise.all(
      Array.from({ length: CALLERS }, (_, i) =>
        runSections(subject, { key: `own ${i}`, callers: 1, sections, ms: 0 }),
      ),
    );
  await all(size.warmUp);
  const start = now();
  await all(size.sections);
  return { 'sections/s': (CALLERS * size.sections * 1_000) / (now() - start) };
}
