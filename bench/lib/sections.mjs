import { now, sleep } from './clock.mjs';

/** `callers` × `sections` under one lock. Returns each section's [asked, began, ended], in ms on the shared clock. */
export async function runSections(subject, { key, callers, sections, ms }) {
  const log = [];
  const caller = async () => {
    for (let i = 0; i < sections; i++) {
      const asked = now();
      await subject.withLock(key, async () => {
        const began = now();
        if (ms > 0) await sleep(ms);
        log.push([asked, began, now()]);
      });
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  return log;
}
