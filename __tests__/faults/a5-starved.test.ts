import { availableParallelism } from 'node:os';

import { killPrograms, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { expectExclusion, kinds, Load, summary } from '../support/load.js';
import { pause } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { LATE } from './server-bounds.js';

/** So many processes that do nothing but count want each processor. */
const GREEDY = 3;
const STARVED_FOR = 2_500;
const LOAD = {
  processes: 3,
  callers: 6,
  keys: ['k'],
  body: 25,
  // A section of each other caller takes longer than that, so that many calls end with it.
  options: { timeout: 300, ttl: 5_000 },
};

const redis = sharedRedis();

afterEach(killPrograms);

test('A5 S1 S2 L1: with all processors taken by others, one at a time has the lock, and every wait ends in time but for what its process stood still', async () => {
  const load = await Load.gather(redis().url, LOAD);
  const life = String(4 * STARVED_FOR);
  const greedy = Array.from(
    { length: GREEDY * availableParallelism() },
    () => new Program('busy.mjs', {}, [life]),
  );
  await Promise.all(greedy.map((program) => program.next()));
  load.go();
  await pause(STARVED_FOR);
  const stopped = load.stop();
  // They end their calls as starved as they were, and tell of them afterwards.
  await pause(LOAD.options.timeout + LATE);
  for (const program of greedy) program.kill('SIGKILL');
  // Otherwise they had ended before, and this has tested nothing.
  for (const { ended } of greedy) expect(await ended).toMatchObject({ signal: 'SIGKILL', stderr: '' });
  const report = await stopped;
  const stood = report.stood.map((ms) => Math.round(ms)).join(', ');
  process.stdout.write(
    `a5-starved.test.ts: ${summary(report)}, ${Math.round(report.lateAwake)} ms without standstills; the processes stood still for ${stood} ms\n`,
  );
  expectExclusion(report);
  expect(report.lateAwake).toBeLessThanOrEqual(LATE);
  // Otherwise nobody had the lock, or nobody waited in vain.
  expect(report.sections.length).toBeGreaterThan(10);
  expect(kinds(report)['LOCK_TIMEOUT']).toBeGreaterThan(10);
  expect(await keysLeft(redis())).toEqual([]);
});
