import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { toRedisKeys } from '../src/keys.js';
import { slotOf } from '../src/slot.js';
import { ENCODED_KEYS, LITERAL_KEYS } from './support/hostile-keys.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

let server: RedisServer;
let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-slots-'));
  // It knows the slots without a second node; the port for other nodes would else be its own and 10,000.
  const bus = ['--cluster-port', String(await freePort())];
  server = await startRedis('--cluster-enabled', 'yes', '--dir', folder, ...bus);
});
afterAll(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

async function freePort(): Promise<number> {
  const listener = createServer().listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const { port } = listener.address() as AddressInfo;
  listener.close();
  await once(listener, 'close');
  return port;
}

/** What a real server says. */
const slots = (keys: readonly string[]): Promise<unknown[]> =>
  Promise.all(keys.map((key) => server.command('CLUSTER', 'KEYSLOT', key)));

it('is that of a real server, whatever is in the key and wherever it has braces', async () => {
  const braces = fc.string({ unit: fc.constantFrom('{', '}', 'a', 'b', 'é', '🔑', '\0'), maxLength: 12 });
  const keys = fc.array(fc.oneof(braces, fc.string({ unit: 'grapheme' })), { minLength: 50, maxLength: 50 });
  const same = fc.asyncProperty(keys, async (some) => {
    expect(some.map(slotOf)).toEqual(await slots(some));
  });
  await fc.assert(same, { numRuns: 20 });
});

it.each([
  ['123456789', 12_739],
  ['{user1000}.following', 3_443],
  ['', 0],
])('of %p is %i', async (key, slot) => {
  expect(slotOf(key)).toBe(slot);
  expect(await slots([key])).toEqual([slot]);
});

it('is the same for all keys of a lock, with and without braces in prefix and key', async () => {
  for (const prefix of ['lock:', '{locks}:', 'a{b}c']) {
    for (const key of ['k', '{k}', 'a{b}c', 'a}b', '{}', ...LITERAL_KEYS, ...ENCODED_KEYS]) {
      const all = Object.values(toRedisKeys(prefix, key));
      expect(new Set(all.map(slotOf)).size).toBe(1);
      expect(all.map(slotOf)).toEqual(await slots(all));
    }
  }
});
