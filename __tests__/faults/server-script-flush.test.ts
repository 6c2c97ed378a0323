import { killPrograms } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { expectExclusion, kinds, Load, type LoadShape, summary } from '../support/load.js';
import { repeatedly } from '../support/nemesis.js';
import { pause } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { useLockers } from '../support/watched-locker.js';
import { LATE } from './server-bounds.js';

const EVERY = 50;

const redis = sharedRedis();
const locker = useLockers(redis);
afterEach(killPrograms);

const flush = (): Promise<unknown> => redis().command('SCRIPT', 'FLUSH');

/** How many commands of each kind clients have sent since the last reset. */
async function commands(): Promise<{ evalsha: number; eval: number }> {
  const info = String(await redis().command('INFO', 'commandstats'));
  const count = (name: string) => Number(new RegExp(`cmdstat_${name}:calls=(\\d+)`).exec(info)?.[1] ?? 0);
  return { evalsha: count('evalsha'), eval: count('eval') };
}

test('B6 R2: each flush costs each script that is used one further command', async () => {
  const { locker: ours } = await locker({ ttl: 5_000 });
  // Acquire and release; the sections are too short for an extension, and nothing is joined.
  const scripts = 2;
  const sections = 10;
  // The first grant asks once what the server does when its memory is used up.
  await ours.withLock('k', () => undefined);
  await redis().command('CONFIG', 'RESETSTAT');
  for (let flushes = 1; flushes <= 20; flushes++) {
    await flush();
    for (let i = 0; i < sections; i++) await ours.withLock('k', () => undefined);
    expect(await commands()).toEqual({
      evalsha: flushes * sections * scripts,
      eval: flushes * scripts,
    });
  }
});

test('B6 S1 S2 L1 E1 R2: SCRIPT FLUSH every 50 ms under a load of three processes shows in nothing but a few more commands', async () => {
  const shape: LoadShape = {
    processes: 3,
    callers: 4,
    keys: ['red', 'green'],
    body: 1,
    // Short, so that the sections' locks are extended as well.
    options: { ttl: 1_000, timeout: 5_000 },
  };
  const load = await Load.gather(redis().url, shape);
  await redis().command('CONFIG', 'RESETSTAT');
  load.go();
  const nemesis = repeatedly(flush, EVERY);
  await pause(2_500);
  const flushes = await nemesis.stop();
  const sent = await commands();
  const report = await load.stop();
  process.stdout.write(
    `server-script-flush.test.ts: ${flushes} flushes, ${sent.evalsha} EVALSHA, ${sent.eval} EVAL; ${summary(report)}\n`,
  );
  expectExclusion(report);
  expect(kinds(report)).toEqual({});
  expect(report.late).toBeLessThanOrEqual(LATE);
  expect(flushes).toBeGreaterThan(20);
  // Somebody has felt it. At most: once per flush for each of the four scripts, and for each command that was on its way
  // to the server when it forgot: one per process and key.
  expect(sent.eval).toBeGreaterThan(flushes / 2);
  expect(sent.eval).toBeLessThanOrEqual(flushes * 4 * shape.processes * shape.keys.length);
  expect(await keysLeft(redis())).toEqual([]);
});
