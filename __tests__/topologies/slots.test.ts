import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { createLocker, LockKeyError, memory } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import { ENCODED_KEYS, LITERAL_KEYS } from '../support/hostile-keys.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

type SlotOf = (key: string) => number;

/** How each client finds the slot of a key: with a function of its own, or of a package that others use, too. */
const CLIENTS: Record<string, () => SlotOf> = {
  'node-redis 6': () => {
    const redis = createRequire(require.resolve('redis'));
    return (redis('@redis/client/dist/lib/utils/calculate-slot.js') as { default: SlotOf }).default;
  },
  'node-redis 5': () => {
    const redis = createRequire(require.resolve('redis-5'));
    return createRequire(redis.resolve('@redis/client'))('cluster-key-slot') as SlotOf;
  },
  'ioredis 6': () => createRequire(require.resolve('ioredis'))('cluster-key-slot') as SlotOf,
  'ioredis 5': () => createRequire(require.resolve('ioredis-5'))('cluster-key-slot') as SlotOf,
};

const PREFIXES = ['', 'lock:', '{locks}:', 'shop:{locks}:', 'with space ', '鍵:'];

/** All keys of a lock; none, when such a lock is refused. */
function keysOf(prefix: string, key: string): string[] {
  try {
    const { lock, fence, queue, waiters } = toRedisKeys(prefix, key);
    return [lock, fence, queue, waiters];
  } catch (error) {
    expect(error).toBeInstanceOf(LockKeyError);
    expect(prefix).toBe('');
    return [];
  }
}

describe('the slot of a lock', () => {
  let folder: string;
  let server: RedisServer;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
    server = await startRedis('--dir', folder, '--cluster-enabled', 'yes');
  });
  afterAll(async () => {
    await server.stop();
    await rm(folder, { recursive: true });
  });

  const serverSlots = (keys: readonly string[]): Promise<unknown[]> =>
    Promise.all(keys.map((key) => server.command('CLUSTER', 'KEYSLOT', key)));

  it.each(PREFIXES)(
    'is one for all its keys, to the server and to every client: prefix %j',
    async (prefix) => {
      const clients = Object.entries(CLIENTS).map(([name, load]) => [name, load()] as const);
      const seen = new Set<unknown>();
      const names = [...LITERAL_KEYS, ...ENCODED_KEYS];
      for (const name of names) {
        const keys = keysOf(prefix, name);
        if (keys.length === 0) continue;
        const slots = await serverSlots(keys);
        expect({ name, slots }).toEqual({ name, slots: keys.map(() => slots[0]) });
        for (const [client, slotOf] of clients)
          expect({ client, keys, slots: keys.map(slotOf) }).toEqual({ client, keys, slots });
        seen.add(slots[0]);
      }
      // Not all in the same one, which would be no proof; but so it is where the prefix says it.
      expect(seen.size).toBeGreaterThan(prefix.includes('{') ? 0 : 20);
    },
  );

  it('is one for random keys and prefixes, with hash tags and without', async () => {
    const clients = Object.values(CLIENTS).map((load) => load());
    const letters = fc.constantFrom('a', 'b', '{', '}', ':', '~', 'é', '鍵', '🔑', ' ');
    const key = fc.oneof(
      fc.string({ unit: letters, minLength: 1, maxLength: 12 }),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 20 }),
      fc
        .tuple(fc.string({ maxLength: 3 }), fc.string({ minLength: 1, maxLength: 5 }))
        .map(([a, b]) => `${a}{${b}}`),
    );
    const prefix = fc.oneof(
      fc.constantFrom(...PREFIXES),
      fc.string({ unit: letters, maxLength: 8 }).filter(isPrefix),
    );
    let tagged = 0;
    await fc.assert(
      fc.asyncProperty(prefix, key, async (prefix, key) => {
        const keys = keysOf(prefix, key);
        if (keys.length === 0) return;
        if (keys[0]!.includes('{')) tagged++;
        const slots = await serverSlots(keys);
        expect(new Set(slots).size).toBe(1);
        for (const slotOf of clients) expect(keys.map(slotOf)).toEqual(slots);
      }),
      { numRuns: 2_000 },
    );
    expect(tagged).toBeGreaterThan(100);
  });

  it('would not be one for a key with an empty pair of braces, if such a key stood in Redis', async () => {
    const raw = 'lock:{}x}';
    const [slot] = await serverSlots([raw]);
    expect(CLIENTS['ioredis 6']!()(raw)).not.toBe(slot);
    expect(keysOf('lock:', '{}x}').join()).not.toContain('{}');
  });
});

/** Whether a locker takes the prefix. */
function isPrefix(prefix: string): boolean {
  try {
    createLocker(memory(), { prefix });
    return true;
  } catch {
    return false;
  }
}
