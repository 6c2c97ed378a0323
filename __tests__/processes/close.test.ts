import { killPrograms, Program } from '../programs/program.js';
import { keysLeft } from '../support/keys-left.js';
import { startRedis } from '../support/redis-server.js';

interface Report {
  readonly before: unknown;
  readonly after: unknown;
  readonly abortListeners: number;
  readonly refused: string[];
}

afterEach(killPrograms);

test('a closed locker leaves no key, connection, timer or listener behind', async () => {
  const redis = await startRedis();
  const { code, stdout, stderr } = await new Program('close.mjs', { REDIS_URL: redis.url }).ended;
  expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  const { before, after, abortListeners, refused } = JSON.parse(stdout) as Report;
  expect(after).toEqual(before);
  expect(await keysLeft(redis)).toEqual([]);
  expect(abortListeners).toBe(0);
  expect(refused).toEqual(Array(4).fill('LOCK_CLOSED'));
});
