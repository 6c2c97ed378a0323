import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { killPrograms, Program } from './programs/program.js';
import { keysLeft } from './support/keys-left.js';
import { sharedRedis } from './support/redis-server.js';

const examples = readdirSync(join(__dirname, '../examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''));

const redis = sharedRedis();

afterEach(killPrograms);

test.each(examples)('the example %s runs to its end', async (example) => {
  const program = new Program(`build/examples/${example}.js`, { REDIS_URL: redis().url });
  const { code, signal, stdout, stderr } = await program.ended;
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(stdout).not.toBe('');
  expect(await keysLeft(redis())).toEqual([]);
});

const DEMO = 'build/examples/express/demo.js';

test('the demo shows one member with the lock and several without', async () => {
  const { code, stdout, stderr } = await new Program(DEMO).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/^members with this phone number +\d+ +1$/m);
});

test('the demo prints one line of JSON and nothing else, and uses the Redis at REDIS_URL', async () => {
  const { code, stdout, stderr } = await new Program(DEMO, { REDIS_URL: redis().url }, ['--json']).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout.trim().split('\n')).toHaveLength(1);
  const { withoutLock, withLock } = JSON.parse(stdout) as Record<string, Record<string, number>>;
  expect(withLock).toEqual({
    requests: 50,
    created: 1,
    refused: 49,
    failed: 0,
    ms: expect.any(Number),
    handOvers: 49,
    handOversBetweenProcesses: expect.any(Number),
    waitP50: expect.any(Number),
    waitP99: expect.any(Number),
  });
  expect(withoutLock!['created']).toBeGreaterThan(1);
  expect(withoutLock!['created']! + withoutLock!['refused']!).toBe(50);
  expect(await keysLeft(redis())).toEqual([]);
});
