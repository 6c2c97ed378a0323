import { killPrograms, now, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { eventually, pause } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { stopwatches } from '../support/standstill.js';

const HOLDERS = 100;
const WAITERS = 1_000;
/** Keys that somebody else has, for which some of the waiters stand in the queue in Redis. */
const FOREIGN = 10;
/** How long after the grace nothing may be left, in ms. */
const AT_ONCE = 1_000;

const redis = sharedRedis();
const stopwatch = stopwatches();

afterEach(killPrograms);

interface Report {
  readonly closedIn: number;
  readonly refusedIn: number;
  readonly refused: number;
  readonly finished: number;
  readonly lost: number;
  readonly signals: string[];
  readonly pong: string;
  readonly events: Record<string, Record<string, number>>;
}

const foreignKeys = Array.from({ length: FOREIGN }, (_, i) => `lock:foreign-${i}`).sort();

async function startProgram(settings: object): Promise<Program> {
  for (const key of foreignKeys) await redis().command('SET', key, 'theirs', 'PX', '60000');
  const program = new Program('shutdown.mjs', { REDIS_URL: redis().url }, [JSON.stringify(settings)]);
  await program.next();
  const inQueue = async (): Promise<number> => {
    const sizes = await Promise.all(foreignKeys.map((key) => redis().command('ZCARD', `{${key}}:~v1:queue`)));
    return sizes.reduce<number>((sum, size) => sum + Number(size), 0);
  };
  await eventually(inQueue, FOREIGN);
  return program;
}

/** How many scripts the clients have run since the statistics were reset. */
async function scripts(): Promise<number> {
  const info = String(await redis().command('INFO', 'commandstats'));
  return [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
}

/** Resolves when only what was somebody else's is left on the server; fails after `within` ms. */
async function untilGone(within: number): Promise<void> {
  const end = now() + within;
  for (;;) {
    const left = await keysLeft(redis());
    if (left.length === FOREIGN) return;
    if (now() > end) throw new Error(`left on the server: ${left.slice(0, 10).join(', ')} …`);
    await pause(5);
  }
}

test.each([
  { grace: 0, exitCode: undefined, finished: 0 },
  { grace: 1_000, exitCode: 7, finished: HOLDERS / 2 },
])(
  'A6 L1 R1 R2: SIGTERM with 100 locks and 1,000 waiters, a grace of $grace ms and exit code $exitCode: all are told, nothing is left',
  async ({ grace, exitCode, finished }) => {
    const settings = { holders: HOLDERS, waiters: WAITERS, foreign: FOREIGN, grace, exitCode };
    const program = await startProgram(settings);
    await redis().command('CONFIG', 'RESETSTAT');
    const took = stopwatch();
    program.kill('SIGTERM');
    await untilGone(grace + 5_000);
    const gone = took();
    const { code, signal, stdout, stderr } = await program.ended;
    const ended = took();

    expect({ code, signal, stderr }).toEqual({ code: exitCode ?? 0, signal: null, stderr: '' });
    const { closedIn, refusedIn, ...report } = JSON.parse(stdout) as Report;
    const figures = { gone, ended, closedIn, refusedIn, scripts: await scripts() };
    process.stdout.write(`shutdown.test.ts: grace ${grace}: ${JSON.stringify(figures)}\n`);
    const lost = HOLDERS - finished;
    expect(report).toEqual({
      pong: 'PONG',
      refused: WAITERS,
      finished,
      lost,
      signals: Array(lost).fill('closed'),
      events: { lost: { closed: lost }, released: { released: HOLDERS } },
    });
    expect(await keysLeft(redis())).toEqual(foreignKeys);
    expect(gone).toBeLessThan(grace + AT_ONCE);
    expect(ended).toBeLessThan(grace + AT_ONCE);
    // The grace is the holders' only, and it is theirs.
    expect(refusedIn).toBeLessThan(AT_ONCE);
    expect(closedIn).toBeGreaterThanOrEqual(grace);
    expect(closedIn).toBeLessThan(grace + AT_ONCE);
    // Those who finish by themselves do so one by one, and the server has to be told the text of their script first. What is
    // left of the 100 locks and 10 places goes together; the allowance is for looks at the locks of others meanwhile.
    expect(figures.scripts).toBeLessThanOrEqual(2 * finished + 3 + 2);
  },
);
