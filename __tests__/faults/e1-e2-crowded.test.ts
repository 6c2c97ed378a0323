import { killPrograms, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { pause } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';

const WAITERS = 10_000;
/**
 * What one of them takes of the memory of its process at most, in bytes: the benchmark aims at half of that and measures
 * it; this is the bound that no way to call may break.
 */
const EACH = 8_192;
const KEYS = 10_000;
const ROUNDS = 10;
/** For how long commands are counted while all wait, in ms. */
const WATCHED = 1_500;
/** Promised: a process looks at a lock that it waits for every 500 ms at the soonest. */
const LOOKS = 1 + WATCHED / 500;

const redis = sharedRedis();

afterEach(killPrograms);

const start = (...args: unknown[]) =>
  new Program('crowded.mjs', { REDIS_URL: redis().url, NODE_OPTIONS: '--expose-gc' }, args.map(String));

/** How many scripts have been run. */
async function scripts(): Promise<number> {
  const info = String(await redis().command('INFO', 'commandstats'));
  const calls = [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

async function reportOf(program: Program): Promise<Record<string, any>> {
  const { code, stdout, stderr } = await program.ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  process.stdout.write(`e1-e2-crowded.test.ts: ${stdout}`);
  return JSON.parse(stdout) as Record<string, any>;
}

test('E1 L1 R1 R2 R3 L4: 10,000 callers of one process wait for one lock: all are served, in their order, and cost the server one subscription and a look now and then', async () => {
  const program = start('waiters', WAITERS);
  await program.next();
  const before = await scripts();
  await pause(WATCHED);
  const sent = (await scripts()) - before;
  program.send({ go: true });
  const { each, ...report } = await reportOf(program);
  expect(report).toMatchObject({ channels: 1, served: WAITERS, inOrder: true, timersLeft: 0 });
  expect(each).toBeLessThanOrEqual(EACH);
  // The holder extends its lock, and the process looks at it for all of its callers.
  expect(sent).toBeLessThanOrEqual(LOOKS + 1);
  // One ownership serves eleven callers at most, with an attempt and a release each.
  const served = (await scripts()) - before - sent;
  expect(served).toBeLessThanOrEqual(2 * Math.ceil(WAITERS / 11) + LOOKS + 10);
  expect(await keysLeft(redis())).toEqual([]);
});

test('E2 R1 R3: 10,000 keys at once, and 100,000 over time: nothing of them is left, neither here nor on the server', async () => {
  const { heaps, timersLeft } = await reportOf(start('keys', KEYS, ROUNDS));
  expect(timersLeft).toBe(0);
  const [early, late] = heaps as [number, number];
  // As many keys again and again: a hundred bytes kept of each of them would show.
  expect(late - early).toBeLessThan(100 * KEYS * (ROUNDS - 3));
  // Their last fencing tokens, which stay for a day.
  expect(await redis().command('DBSIZE')).toBe(KEYS * ROUNDS);
  expect(await redis().command('EVAL', FENCES_ONLY, '0')).toBe(KEYS * ROUNDS);
});

/** How many of the keys are fencing tokens that will expire. */
const FENCES_ONLY = `
  local count = 0
  for _, key in ipairs(redis.call('KEYS', '{lock:key-*}:~v1:fence')) do
    local left = redis.call('PTTL', key)
    if left > 0 and left <= 86400000 then count = count + 1 end
  end
  return count`;
