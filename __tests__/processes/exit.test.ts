import { killPrograms, now, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { sharedRedis, startRedis } from '../support/redis-server.js';

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
])('A7 R1 R4: a program that %s ends by itself, at once and without a word', async (way) => {
  const program = new Program('exits.mjs', { REDIS_URL: redis().url }, [way]);
  const { code, signal, stdout, stderr } = await program.ended;
  const { doneAt } = JSON.parse(stdout) as { doneAt: number };
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(now() - doneAt).toBeLessThan(1_000);
  expect(await keysLeft(redis())).toEqual([]);
});

test('A7 R1 R4: a program that has waited, loses its server for good and closes only the client ends by itself, and soon', async () => {
  const { url, pid } = await startRedis();
  const env = { REDIS_URL: url, REDIS_PID: String(pid) };
  const program = new Program('exits.mjs', env, ['has waited, loses its server and closes only the client']);
  const { code, signal, stdout, stderr } = await program.ended;
  const { doneAt } = JSON.parse(stdout) as { doneAt: number };
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  // node-redis waits between two attempts to connect for two seconds at most.
  expect(now() - doneAt).toBeLessThan(4_000);
});

test.each([
  ['holds a lock and only unrefs the client', 1],
  ['holds a lock and closes only the client', 1],
  ['holds a lock of memory()', 0],
])('A7 L3 R1: a program that %s ends by itself, and the lock expires', async (way, keys) => {
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
  ['calls process.exit(3) while it holds a lock', { code: 3, signal: null }, ''],
  ['gets SIGTERM while it holds a lock, and handles no signal', { code: null, signal: 'SIGTERM' }, ''],
  ['throws in a callback while it holds a lock', { code: 1, signal: null }, 'Error: from the callback'],
  ['leaves a rejection of the guarded work unhandled', { code: 1, signal: null }, 'Error: from the work'],
])(
  'A7 L3 R4: a program that %s ends with its own code and its own error, and the lock expires',
  async (way, expected, message) => {
    const program = new Program('exits.mjs', { REDIS_URL: redis().url }, [way]);
    const { code, signal, stderr } = await program.ended;
    expect({ code, signal }).toEqual(expected);
    if (message === '') expect(stderr).toBe('');
    else expect(stderr).toContain(message);
    const left = await keysLeft(redis());
    // It holds its lock to the end; but the work whose rejection ends it is over, and its release under way.
    if (!way.startsWith('leaves a rejection')) expect(left).toEqual(['lock:door']);
    for (const key of left) {
      const ttl = Number(await redis().command('PTTL', key));
      expect(ttl).toBeGreaterThan(0);
      expect(ttl).toBeLessThanOrEqual(20_000);
    }
  },
);
