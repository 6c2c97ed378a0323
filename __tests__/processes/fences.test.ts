import { killPrograms, now, Program } from '../programs/program.js';
import { expectOneAtATime, Crowd } from '../support/crowd.js';
import { eventually } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

const PROCESSES = 4;
const CALLERS = 6;
/** Nobody who waits goes longer without a look, in ms; and a client is back after a restart long before. */
const LOOK = 1_000;

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis('--enable-debug-command', 'yes');
});

afterEach(killPrograms);

test('fencing tokens rise from section to section, in hand-overs within a process and between processes', async () => {
  const members = Array.from({ length: PROCESSES }, () => ({ callers: CALLERS, rounds: 20, body: 0 }));
  const verdict = await (await Crowd.gather(redis.url, 'fenced', members)).go();
  expectOneAtATime(members, verdict);
  const { sections } = verdict;
  const next = sections.filter(({ member }, i) => i > 0 && sections[i - 1]!.member === member).length;
  const between = sections.length - 1 - next;
  process.stdout.write(
    `fences.test.ts: handed over ${next} times within a process, ${between} times between\n`,
  );
  // At most ten in a row within a process, as long as others wait.
  expect(next).toBeGreaterThan(0);
  expect(between).toBeGreaterThan(0);
});

/** Another one after every start of the server. */
const runId = async (): Promise<string> =>
  /run_id:(\w+)/.exec(String(await redis.command('INFO', 'server')))![1]!;

test.each<[string, () => Promise<void>]>([
  [
    'FLUSHALL',
    async () => {
      await redis.command('FLUSHALL');
    },
  ],
  [
    'a restart of the server without data',
    async () => {
      const before = await runId();
      // The server replaces itself, on the same port, and keeps nothing. The connection ends before the answer.
      await redis.command('DEBUG', 'CRASH-AND-RECOVER', '50').catch(() => undefined);
      await eventually(() => redis.command('PING').catch(() => undefined), 'PONG');
      expect(await runId()).not.toBe(before);
    },
  ],
])('fencing tokens rise across %s, although nothing in Redis remembers the last one', async (_what, lose) => {
  const programs = Array.from(
    { length: PROCESSES },
    () => new Program('lock-client.mjs', { REDIS_URL: redis.url }),
  );
  await Promise.all(programs.map((program) => program.next()));
  const [holder, ...waiters] = programs as [Program, ...Program[]];
  const fences: number[] = [];
  const take = async (program: Program): Promise<void> => {
    fences.push((await program.ask('acquire', { key: 'lost' }))['fencingToken'] as number);
  };
  const handOn = async (program: Program): Promise<void> => {
    await program.ask('release', { key: 'lost' });
  };

  for (let round = 0; round < 3; round++) {
    for (const program of programs) {
      await take(program);
      await handOn(program);
    }
  }
  await take(holder);
  // Whoever has it gives it back only when its token is in the list.
  const granted = waiters.map((program) => take(program).then(() => handOn(program)));
  await eventually(() => redis.command('ZCARD', '{lock:lost}:~v1:queue'), waiters.length);

  await lose();
  const lost = now();
  expect(await holder.ask('release', { key: 'lost' })).toMatchObject({ outcome: 'lost' });
  await Promise.all(granted);
  process.stdout.write(`fences.test.ts: all waiters served ${Math.round(now() - lost)} ms later\n`);
  expect(now() - lost).toBeLessThanOrEqual(LOOK);

  expect(fences).toHaveLength(3 * PROCESSES + PROCESSES);
  expect(fences.every((fence, i) => i === 0 || fence > fences[i - 1]!)).toBe(true);
  for (const program of programs) await program.ask('close');
  for (const { ended } of programs) expect(await ended).toMatchObject({ code: 0 });
});
