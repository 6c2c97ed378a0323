import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { killPrograms, Program } from './programs/program.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

const examples = readdirSync(join(__dirname, '../examples'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => file.replace(/\.ts$/, ''));

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
});

afterEach(killPrograms);

test.each(examples)('the example %s runs to its end', async (example) => {
  const program = new Program(`build/examples/${example}.js`, { REDIS_URL: redis.url });
  const { code, signal, stdout, stderr } = await program.ended;
  expect({ code, signal, stderr }).toEqual({ code: 0, signal: null, stderr: '' });
  expect(stdout).not.toBe('');
  expect(await redis.command('KEYS', 'lock:*')).toEqual([]);
});

test('the demo shows one member with the lock and several without', async () => {
  const { code, stdout, stderr } = await new Program('build/examples/express/demo.js').ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  expect(stdout).toMatch(/With @WithLock: 1 member /);
  expect(stdout).toMatch(/Without it: \d+ members /);
});
