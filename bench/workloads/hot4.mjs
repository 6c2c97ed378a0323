import { startMembers } from '../lib/members.mjs';
import { jain, overlaps } from '../lib/statistics.mjs';

export const about = '4 processes × 8 callers × 10 sections of 1 ms, one key';
export const full = { processes: 4, callers: 8, sections: 10 };
export const smoke = { processes: 2, callers: 2, sections: 2 };

export async function run({ name, url, size: { processes, callers, sections } }) {
  const members = await startMembers(name, url, processes);
  await members.run(() => ({ key: 'warm', callers: 2, sections: 5, ms: 0 }));
  const logs = await members.run(() => ({ key: 'hot', callers, sections, ms: 1 }));
  members.stop();
  const all = logs.flatMap((log, process) => log.map((section) => [...section, process]));
  all.sort((a, b) => a[2] - b[2]);
  const start = Math.min(...all.map(([asked]) => asked));
  const end = all.at(-1)[2];
  const shares = new Array(processes).fill(0);
  for (const section of all.slice(0, all.length / 2)) shares[section[3]]++;
  const longest = Math.max(...all.map(([asked, began]) => began - asked));
  return {
    'sections/s': (all.length * 1_000) / (end - start),
    "Jain's index at half-time": jain(shares),
    'longest wait / whole run': longest / (end - start),
    overlaps: overlaps(all.map(([, began, ended]) => [began, ended])),
  };
}
