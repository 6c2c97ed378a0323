import { killPrograms } from '../programs/program.js';
import { countsAtHalfTime, Crowd, duration, expectOneAtATime } from '../support/crowd.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis } from '../support/redis-server.js';

const PROCESSES = 32;
const CALLERS = 25;
/** What the greediest process may have had for each section of the neediest, when half of all are done. */
const FAIR = 3;

const redis = sharedRedis();

afterEach(killPrograms);

test('E3 S1 S2 L4: 32 processes with 25 callers each take turns', async () => {
  const members = Array.from({ length: PROCESSES }, () => ({ callers: CALLERS, rounds: 5, body: 0 }));
  const crowd = await Crowd.gather(redis().url, 'crowd', members);
  const verdict = await crowd.go();
  const counts = countsAtHalfTime(verdict, PROCESSES);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  process.stdout.write(
    `e3-crowd.test.ts: ${verdict.sections.length} sections in ${Math.round(duration(verdict))} ms, ` +
      `${least} to ${most} for each process at half-time\n`,
  );
  expectOneAtATime(members, verdict);
  expect(most / least).toBeLessThanOrEqual(FAIR);
  expect(await keysLeft(redis())).toEqual([]);
  // So many processes take a while to start, and on a busy machine some times that.
}, 180_000);
