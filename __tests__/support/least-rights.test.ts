import { existsSync } from 'node:fs';
import { join } from 'node:path';

import { EXEMPT, TESTS } from './documented-rights.js';
import { limited } from './least-rights.js';
import { sharedRedis } from './redis-server.js';

const redis = sharedRedis();

test('tests have the documented rights and no others', async () => {
  expect(limited).toBe(true);
  const client = await redis().client();
  await expect(client.sendCommand(['KEYS', '*'])).rejects.toThrow(/NOPERM/);
  // What was refused fails the test, unless somebody has wanted it.
  await redis().command('ACL', 'LOG', 'RESET');
});

test('who is exempt is there', () => {
  expect([...EXEMPT.keys()].filter((file) => !existsSync(join(TESTS, file)))).toEqual([]);
});
