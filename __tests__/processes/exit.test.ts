import { killPrograms, now, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis } from '../support/redis-server.js';

const redis = sharedRedis();

afterEach(killPrograms);

test.each([
  'closes locker and client',
  'closes only the client',
  'only unrefs the client',
  'has waited and closes only the client',
  'has waited and only unrefs the client',
  'uses memory() and closes nothing',
  'closes a memory() locker',
])('a program that %s ends by itself, at once and without a word', async (way) => {
  const program = new Program('exits.mjs', { REDIS_URL: redis().url }, [way]);
  const { code, signal, stdout, stderr } = await program.ended;
  const { doneAt } = JSON.parse(stdout) as { doneAt: number };
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(now() - doneAt).toBeLessThan(1_000);
  expect(await keysLeft(redis())).toEqual([]);
});

test.each([
  ['holds a lock and only unrefs the client', 1],
  ['holds a lock and closes only the client', 1],
  ['holds a lock of memory()', 0],
])('a program that %s ends by itself, and the lock expires', async (way, keys) => {
  const program = new Program('exits.mjs', { REDIS_URL: redis().url }, [way]);
  const { code, signal, stdout, stderr } = await program.ended;
  const { doneAt } = JSON.parse(stdout) as { doneAt: number };
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  // Far less than a third of the ttl, after which the lock would be extended.
  expect(now() - doneAt).toBeLessThan(1_000);
  expect(await keysLeft(redis())).toHaveLength(keys);
  if (keys > 0) expect(Number(await redis().command('PTTL', 'lock:door'))).toBeGreaterThan(0);
});

test.each([
  ['calls process.exit(3) while it holds a lock', 3, ''],
  ['throws in a callback while it holds a lock', 1, 'Error: from the callback'],
  ['leaves a rejection of the guarded work unhandled', 1, 'Error: from the work'],
])('a program that %s ends with its own code and its own error', async (way, expected, message) => {
  const program = new Program('exits.mjs', { REDIS_URL: redis().url }, [way]);
  const { code, stderr } = await program.ended;
  expect(code).toBe(expected);
  if (message === '') expect(stderr).toBe('');
  else expect(stderr).toContain(message);
  for (const key of await keysLeft(redis())) {
    expect(Number(await redis().command('PTTL', key))).toBeGreaterThan(0);
  }
});
