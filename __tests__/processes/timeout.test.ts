import type { LockTimeoutError } from '../../src/errors.js';
import { killPrograms, Program } from '../programs/program.js';
import { LATE } from '../support/linked.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

let redis: RedisServer;
let waiter: Program;

beforeAll(async () => {
  redis = await startRedis();
  waiter = new Program('lock-client.mjs', { REDIS_URL: redis.url });
  await waiter.next();
  await redis.command('SET', 'lock:taken', 'somebody else');
  // The first call of a program makes the server learn the scripts, and Node the code.
  await waiter.ask('withLock', { key: 'taken', options: { timeout: 0 } });
});

afterAll(killPrograms);

test.each([0, 30, 200, 1000])(
  `waiters with a timeout of %i ms are refused not before it and within ${LATE} ms after it, on a machine that has other work`,
  async (timeout) => {
    const calls = Array.from({ length: 5 }, () =>
      waiter.ask('withLock', { key: 'taken', options: { timeout } }),
    );
    const waits: number[] = [];
    for (const { ran, startedAt, endedAt, ...answer } of await Promise.all(calls)) {
      const error = answer['error'] as LockTimeoutError;
      expect(ran).toBe(false);
      expect(error).toMatchObject({ name: 'LockTimeoutError', code: 'LOCK_TIMEOUT', key: 'taken' });
      expect(error.message).toContain('"taken"');
      expect(error.message).toContain(timeout === 0 ? 'tried once' : `waited ${Math.round(error.waited)} ms`);
      waits.push(error.waited, endedAt - startedAt);
    }
    const late = waits.map((ms) => ms - timeout);
    process.stdout.write(
      `timeout.test.ts: ${timeout} ms, late by ${Math.min(...late).toFixed(1)} to ${Math.max(...late).toFixed(1)} ms\n`,
    );
    expect(Math.min(...late)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late)).toBeLessThanOrEqual(LATE);
  },
);
