import { killPrograms } from '../programs/program.js';
import { countsAtHalfTime, Crowd, duration, expectOneAtATime } from '../support/crowd.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis } from '../support/redis-server.js';

const CALLERS = 25;
/** What the greediest process may have had for each section of the neediest, when half of all are done. */
const FAIR = 3;

const redis = sharedRedis();

afterEach(killPrograms);

test.each<[processes: number, bodies: string, rounds: number, body: (member: number) => number]>([
  [16, 'the same for all', 10, () => 0],
  [16, '5 ms in every eighth process and none elsewhere', 5, (member) => (member % 8 === 0 ? 5 : 0)],
  [32, 'the same for all', 5, () => 0],
])(
  'E3 S1 S2 L4: %d processes with 25 callers each take turns: bodies %s',
  async (processes, bodies, rounds, body) => {
    const members = Array.from({ length: processes }, (_, i) => ({
      callers: CALLERS,
      rounds,
      body: body(i),
    }));
    const crowd = await Crowd.gather(redis().url, 'crowd', members);
    const verdict = await crowd.go();
    const { sections } = verdict;
    const counts = countsAtHalfTime(verdict, processes);
    const [least, most] = [Math.min(...counts), Math.max(...counts)];
    process.stdout.write(
      `e3-crowd.test.ts: ${processes} processes, bodies ${bodies}: ${sections.length} sections in ` +
        `${Math.round(duration(verdict))} ms, ${least} to ${most} for each process at half-time\n`,
    );
    expectOneAtATime(members, verdict);
    expect(most / least).toBeLessThanOrEqual(FAIR);
    expect(await keysLeft(redis())).toEqual([]);
    // So many processes take a while to start, and on a busy machine some times that.
  },
  180_000,
);
