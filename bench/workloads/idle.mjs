import { now, sleep } from '../lib/clock.mjs';
import { countCommands } from '../lib/commands.mjs';
import { startMembers } from '../lib/members.mjs';

export const about = 'a holder for 2 s, 2 processes × 100 waiters on its key';
export const full = { held: 2_000, callers: 100 };
export const smoke = { held: 400, callers: 10 };

const PROCESSES = 2;

export async function run({ name, url, subject, size: { held, callers } }) {
  const members = await startMembers(name, url, PROCESSES);
  // A service runs for longer than the compiler takes: all have waited for each other and released before.
  const warm = members.run(() => ({ key: 'warm', callers: 2, sections: 10, ms: 0 }));
  for (let i = 0; i < 10; i++) await subject.withLock('warm', async () => undefined);
  await warm;
  let served;
  let released;
  let perSecond;
  await subject.withLock('hot', async () => {
    served = members.run(() => ({ key: 'hot', callers, sections: 1, ms: 0 }));
    // Who waits has settled down after a quarter of the time.
    await sleep(held / 4);
    const commands = await countCommands(url);
    const start = now();
    await sleep((held * 3) / 4);
    perSecond = (commands.read() * 1_000) / (now() - start);
    commands.stop();
    released = now();
  });
  const all = (await served).flat();
  members.stop();
  return {
    'commands/s while held': perSecond,
    'first grant ms': Math.min(...all.map(([, began]) => began)) - released,
    'all served ms': Math.max(...all.map(([, , ended]) => ended)) - released,
  };
}
