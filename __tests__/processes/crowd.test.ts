import { killPrograms } from '../programs/program.js';
import { countsAtHalfTime, Crowd, duration, expectOneAtATime, type Member } from '../support/crowd.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis } from '../support/redis-server.js';

const PROCESSES = 16;
const CALLERS = 25;
/** What the greediest process may have had for each section of the neediest, when half of all are done. */
const FAIR = 3;

const redis = sharedRedis();

afterEach(killPrograms);

test.each<[string, (member: number) => Pick<Member, 'body' | 'rounds'>]>([
  ['the same for all', () => ({ body: 0, rounds: 10 })],
  ['5 ms in every eighth process and none elsewhere', (i) => ({ body: i % 8 === 0 ? 5 : 0, rounds: 5 })],
])('E3 S1 S2 L4: 16 processes with 25 callers each take turns: bodies %s', async (bodies, memberOf) => {
  const members = Array.from({ length: PROCESSES }, (_, i) => ({ callers: CALLERS, ...memberOf(i) }));
  const crowd = await Crowd.gather(redis().url, 'crowd', members);
  const verdict = await crowd.go();
  const { sections } = verdict;
  const counts = countsAtHalfTime(verdict, PROCESSES);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  process.stdout.write(
    `crowd.test.ts: bodies ${bodies}: ${sections.length} sections in ${Math.round(duration(verdict))} ms, ` +
      `${least} to ${most} for each process at half-time\n`,
  );
  expectOneAtATime(members, verdict);
  expect(most / least).toBeLessThanOrEqual(FAIR);
  expect(await keysLeft(redis())).toEqual([]);
});
