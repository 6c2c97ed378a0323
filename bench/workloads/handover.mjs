import { startMembers } from '../lib/members.mjs';
import { percentile } from '../lib/statistics.mjs';

export const about =
  'two processes that both always want one key: from the end of a section to the beginning of the next';
/** Its floor is a pair of processes that pass a message to each other. */
export const own = ['floor'];
export const full = { sections: 500 };
export const smoke = { sections: 20 };

export async function run({ name, url, size: { sections } }) {
  const members = await startMembers(name, url, 2);
  const names = ['ping', 'pong'];
  const logs = await members.run((i) => ({
    key: 'hot',
    callers: 1,
    sections,
    // So long that the other one is waiting again.
    ms: 1,
    me: names[i],
    other: names[1 - i],
    starts: i === 0,
  }));
  members.stop();
  const all = logs.flatMap((log, process) => log.map((section) => [...section, process]));
  all.sort((a, b) => a[1] - b[1]);
  const passes = [];
  for (let i = 1; i < all.length; i++) {
    // Who asked only after the end of the section before was not waiting.
    if (all[i][3] !== all[i - 1][3] && all[i][0] < all[i - 1][2])
      passes.push((all[i][1] - all[i - 1][2]) * 1_000);
  }
  return {
    'p50 µs': percentile(passes, 0.5),
    'p99 µs': percentile(passes, 0.99),
    'passed on': passes.length / all.length,
  };
}
