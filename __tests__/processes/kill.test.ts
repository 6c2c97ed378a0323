import { setTimeout as sleep } from 'node:timers/promises';

import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { countStandstill } from '../support/standstill.js';

let redis: RedisServer;
const standstill = countStandstill();
const { random, seed } = seededRandom();

beforeAll(async () => {
  process.stdout.write(`kill.test.ts: moments of death from LATCHKEY_SEED=${seed}\n`);
  redis = await startRedis();
  await redis.command('PING');
});

afterEach(killPrograms);

async function lockClients(count: number): Promise<Program[]> {
  const programs = Array.from(
    { length: count },
    () => new Program('lock-client.mjs', { REDIS_URL: redis.url }),
  );
  await Promise.all(programs.map((program) => program.next()));
  return programs;
}

/**
 * How long after the expiry of the killed holder's key its waiter was granted, in ms, and how much of the time since the
 * death the machine stood still.
 */
async function killHolder(
  holder: Program,
  waiter: Program,
  key: string,
  ttl: number,
): Promise<{ late: number; stood: number }> {
  await holder.ask('acquire', { key, options: { ttl } });
  const granted = waiter.ask('acquire', { key });
  await waiter.next((message) => message['event'] === 'waiting' && message['key'] === key);
  await sleep(random() * ttl * 0.7);

  holder.kill('SIGKILL');
  expect((await holder.ended).signal).toBe('SIGKILL');
  const before = standstill();
  const asked = now();
  const ttlLeft = Number(await redis.command('PTTL', `lock:${key}`));
  expect(ttlLeft).toBeGreaterThan(0);

  const { granted: isGranted, endedAt } = await granted;
  expect(isGranted).toBe(true);
  return { late: endedAt - asked - ttlLeft, stood: standstill() - before };
}

test.each([1500, 600])(
  'A1 S1 L3: the lock of a holder killed at a random moment is granted within the rest of its ttl of %i ms and 100 ms',
  async (ttl) => {
    const [waiter, ...holders] = await lockClients(6);
    const grants = await Promise.all(
      holders.map((holder, i) => killHolder(holder, waiter!, `killed-${ttl}-${i}`, ttl)),
    );
    const late = grants.map((grant) => grant.late);
    process.stdout.write(
      `kill.test.ts: ttl ${ttl}, granted after expiry: ${late.map(Math.round).join(', ')} ms\n`,
    );
    for (const grant of grants) expect(grant.late).toBeLessThanOrEqual(100 + grant.stood);
    // PTTL is in whole ms.
    expect(Math.min(...late)).toBeGreaterThanOrEqual(-1);
  },
);
