import { setTimeout as sleep } from 'node:timers/promises';

import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis } from '../support/redis-server.js';
import { countStandstill } from '../support/standstill.js';

const KEY = 'lock:door';
/** Promised: what a holder that tells nobody of its release costs, in ms. */
const AFTER_RELEASE = 1_000;
/** Promised: what an expiry costs, in ms. */
const AFTER_EXPIRY = 100;

const redis = sharedRedis();
const standstill = countStandstill();
const { random, seed } = seededRandom();
let waiters: Program[];

beforeAll(() => {
  process.stdout.write(`foreign-holder.test.ts: moments of release from LATCHKEY_SEED=${seed}\n`);
});

beforeEach(async () => {
  waiters = Array.from({ length: 4 }, () => new Program('lock-client.mjs', { REDIS_URL: redis().url }));
  await Promise.all(waiters.map((program) => program.next()));
});

afterEach(killPrograms);

/** Takes the key as any other program would, with a value that is not of latchkey's making. */
async function take(ttl: number): Promise<void> {
  expect(await redis().command('SET', KEY, 'somebody else', 'NX', 'PX', String(ttl))).toBe('OK');
}

/** When the first of the waiters had the lock; then all others have it in turn, each by a hand-over and no look. */
async function served(answers: Promise<Record<string, any>>[]): Promise<number> {
  const times = answers.map(async (answer, i) => {
    const { granted, endedAt } = await answer;
    expect(granted).toBe(true);
    const { startedAt } = await waiters[i]!.ask('release', { key: 'door' });
    return { from: endedAt as number, to: startedAt as number };
  });
  const turns = (await Promise.all(times)).sort((one, other) => one.from - other.from);
  for (const [i, { from }] of turns.entries()) {
    if (i > 0) expect(from).toBeGreaterThan(turns[i - 1]!.to);
  }
  return turns[0]!.from;
}

function waitAll(): Promise<Record<string, any>>[] {
  return waiters.map((program) => program.ask('acquire', { key: 'door' }));
}

test('waiters of a holder that never tells of its release are served within a second of it', async () => {
  const late: number[] = [];
  for (let round = 0; round < 2; round++) {
    await take(20_000);
    const answers = waitAll();
    await Promise.all(waiters.map((program) => program.next(({ event }) => event === 'waiting')));
    // Long enough for the waiters to have gone over from quick attempts to slow looks.
    await sleep(300 + random() * 400);
    const [freed, before] = [now(), standstill()];
    expect(await redis().command('DEL', KEY)).toBe(1);
    late.push((await served(answers)) - freed);
    expect(late.at(-1)).toBeLessThanOrEqual(AFTER_RELEASE + standstill() - before);
  }
  process.stdout.write(
    `foreign-holder.test.ts: granted after its DEL: ${late.map(Math.round).join(', ')} ms\n`,
  );
  expect(await keysLeft(redis())).toEqual([]);
});

test('waiters of a holder that lets its key expire are served within 100 ms of that', async () => {
  const late: number[] = [];
  for (let round = 0; round < 2; round++) {
    const ttl = 300 + Math.round(random() * 700);
    // Not later than the server's moment of expiry.
    const expiry = now() + ttl;
    await take(ttl);
    const answers = waitAll();
    await sleep(expiry - now());
    const before = standstill();
    late.push((await served(answers)) - expiry);
    expect(late.at(-1)).toBeLessThanOrEqual(AFTER_EXPIRY + standstill() - before);
  }
  process.stdout.write(
    `foreign-holder.test.ts: granted after its expiry: ${late.map(Math.round).join(', ')} ms\n`,
  );
  expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
  expect(await keysLeft(redis())).toEqual([]);
});
