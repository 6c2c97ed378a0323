import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { createLocker, LockKeyError, memory } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import { slotOf } from '../../src/slot.js';
import { ENCODED_KEYS, HALF_PAIRS, LITERAL_KEYS } from '../support/hostile-keys.js';
import { startRedis } from '../support/redis-server.js';
import { holds, holdsInTime } from './property.js';

const PREFIXES = ['lock:', '{locks}:', 'a{b}c', '鍵 '];
const part = fc.oneof(
  fc.constantFrom(...LITERAL_KEYS, ...ENCODED_KEYS),
  fc.string({ unit: 'binary', minLength: 1, maxLength: 12 }),
  fc.string({
    unit: fc.constantFrom('{', '}', ':', '~', 'a', 'v', '1', '\0', '🔑'),
    minLength: 1,
    maxLength: 8,
  }),
  fc
    .tuple(fc.constantFrom('x', 'é', '{'), fc.constantFrom(199, 200, 201, 2 ** 20))
    .map(([unit, length]) => unit.repeat(length)),
);
/** As programs make keys: of parts, in which somebody else's separators may be. */
const key = fc.oneof(
  part,
  fc.tuple(part, part).map((parts) => parts.join(':')),
);
/** Where clients and servers have disagreed. */
const braces = fc.constantFrom('{}', '{}x', 'a{}{b}', '{}}', '{{}}', '{a}{b}');
const all = (prefix: string, name: string): string[] =>
  Object.values({ ...toRedisKeys(prefix, name) } as Record<string, string>);

it('different keys are different Redis keys, all in the slot of their lock, with the locker’s prefix, and short', () => {
  const property = fc.property(
    fc.constantFrom(...PREFIXES),
    fc.uniqueArray(key, { minLength: 2, maxLength: 8 }),
    (prefix, some) => {
      // Also what others can read in Redis of these, used as keys.
      const seen = some.flatMap((name) => all(prefix, name).flatMap((one) => [one, one.replace(prefix, '')]));
      const keys = [...new Set([...some, ...seen])];
      const used = keys.flatMap((name) => all(prefix, name));
      expect(new Set(used).size).toBe(4 * keys.length);
      for (const name of keys) {
        expect(new Set(all(prefix, name).map(slotOf)).size).toBe(1);
        expect(toRedisKeys(prefix, name).lock.startsWith(prefix)).toBe(true);
        for (const one of all(prefix, name)) expect(one.length).toBeLessThan(prefix.length + 250);
      }
    },
  );
  holds(property, 60);
});

it('a real Cluster’s node says the same of their slots', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-properties-'));
  const server = await startRedis('--dir', folder, '--cluster-enabled', 'yes');
  const property = fc.asyncProperty(
    fc.constantFrom(...PREFIXES),
    fc.oneof(key, braces),
    async (prefix, name) => {
      const slots = await Promise.all(
        all(prefix, name).map((one) => server.command('CLUSTER', 'KEYSLOT', one)),
      );
      expect(slots).toEqual(all(prefix, name).map(slotOf));
      expect(await server.command('CLUSTER', 'KEYSLOT', name)).toBe(slotOf(name));
      expect(new Set(slots).size).toBe(1);
    },
  );
  await holdsInTime(property, 50);
  await server.stop();
  await rm(folder, { recursive: true });
});

it('a list of keys is not the key that its parts make, and lists exclude each other where they share a key', async () => {
  const list = fc.uniqueArray(key, { minLength: 1, maxLength: 4 });
  const property = fc.asyncProperty(list, list, async (one, other) => {
    const adapter = memory();
    const [ours, theirs] = [createLocker(adapter), createLocker(adapter)];
    const held = await ours.acquire(one);
    const shares = other.some((name) => one.includes(name));
    const tried = await theirs.tryAcquire(other);
    expect(tried === null).toBe(shares);
    const joined = one.join(':');
    if (!one.includes(joined) && !other.includes(joined))
      expect(await theirs.tryAcquire(joined)).not.toBeNull();
    await Promise.all([held.release(), tried?.release()]);
    await Promise.all([ours.close(), theirs.close({ grace: 0 })]);
  });
  await holdsInTime(property, 100);
});

it('half of a surrogate pair anywhere in a key, alone or in a list, is refused before anything is sent', async () => {
  const broken = fc
    .tuple(fc.constantFrom('', 'a', '🔑'), fc.constantFrom(...HALF_PAIRS), fc.constantFrom('', 'b'))
    .map((parts) => parts.join(''));
  const property = fc.asyncProperty(broken, fc.boolean(), async (name, isList) => {
    const adapter = memory();
    const run = jest.spyOn(adapter, 'run');
    const call = createLocker(adapter).acquire(isList ? ['fine', name] : name);
    await expect(call).rejects.toThrow(LockKeyError);
    expect(run).not.toHaveBeenCalled();
  });
  await holdsInTime(property, 100);
});
