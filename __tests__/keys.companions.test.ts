import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import * as fc from 'fast-check';

import { LockKeyError } from '../src/index.js';
import { toRedisKey, toRedisKeys } from '../src/keys.js';
import { ENCODED_KEYS, LITERAL_KEYS } from './support/hostile-keys.js';
import { startRedis } from './support/redis-server.js';

const PREFIXES = ['lock:', 'shop:{locks}:', '{a b}', 'with space ', '鍵:'];

/** Keys that end as those do which lie beside a lock, in this version or another. */
const LIKE_OURS = [
  'x:~v1:fence',
  'x:~v1:queue',
  'x:~v1:waiters',
  'x:~t1:fence',
  '{x}:~v1:fence',
  '{x}:~t1:waiters',
  '{lock:x}:~v1:queue',
  'x:~v1:fence:~t1:fence',
  'x:~v22:anything',
  ':~t1:fence',
];

/** Keys that do not, however alike. */
const UNLIKE_OURS = [
  'x:~v1:',
  'x:~v:fence',
  'x:~w1:fence',
  'x:v1:fence',
  'x~v1:fence',
  'x:~v1:Fence',
  'x:~v1:fence ',
  'x:~v1:fence:x',
  'x:~v1:fence1',
  'fence',
  '{x}:fence',
];

function allKeys(prefix: string, key: string): string[] {
  const { lock, fence, queue, waiters } = toRedisKeys(prefix, key);
  return [lock, fence, queue, waiters];
}

describe('toRedisKeys', () => {
  it('puts the other keys of a lock beside it, with the lock as their hash tag', () => {
    expect(toRedisKeys('lock:', 'x')).toEqual({
      lock: 'lock:x',
      fence: '{lock:x}:~v1:fence',
      queue: '{lock:x}:~v1:queue',
      waiters: '{lock:x}:~v1:waiters',
    });
  });

  it.each([
    ['lock:', '{x}y', 'lock:{x}y'],
    ['{lock}:', 'x', '{lock}:x'],
    ['{lock}:', '{x}', '{lock}:{x}'],
  ])('puts them behind a lock that has a hash tag: prefix %j, key %j', (prefix, key, lock) => {
    expect(toRedisKeys(prefix, key)).toEqual({
      lock,
      fence: `${lock}:~t1:fence`,
      queue: `${lock}:~t1:queue`,
      waiters: `${lock}:~t1:waiters`,
    });
  });

  it.each(LIKE_OURS)('encodes the key %j, which ends as they do', (key) => {
    expect(toRedisKey('lock:', key)).toMatch(/^lock:~[\w.:/@-]{0,32}~[0-9a-f]{64}$/);
    expect(() => toRedisKeys('', key)).toThrow(
      new LockKeyError(
        `key ${JSON.stringify(key)} ends as latchkey's own keys do, so it can not be shared with other programs (prefix is '')`,
      ),
    );
  });

  it.each(UNLIKE_OURS)('uses the key %j as it is', (key) => {
    expect(toRedisKeys('lock:', key).lock).toBe(`lock:${key}`);
    expect(toRedisKeys('', key).lock).toBe(key);
  });

  const part = fc.oneof(
    fc.string({
      unit: fc.constantFrom('x', '{', '}', ':', '~', 'v', 't', '1', '\n'),
      minLength: 1,
      maxLength: 6,
    }),
    fc.constantFrom(...LITERAL_KEYS, ...ENCODED_KEYS, ...LIKE_OURS, ...UNLIKE_OURS),
  );
  const ending = fc.constantFrom('', ':~v1:fence', ':~t1:fence', ':~v1:queue', ':~t1:waiters', ':~t1:');

  // What somebody may call a lock who has seen the keys of others in Redis, with and without the prefix.
  const keyOf = (prefix: string) =>
    fc.oneof(
      part,
      // Where the two forms could meet.
      fc.constantFrom('x', '{x}'),
      fc.tuple(part, ending).map((parts) => parts.join('')),
      part.map((text) => `{${prefix}${text}}:~v1:fence`),
      part.chain((text) => fc.constantFrom(...allKeys('lock:', text))),
      part.chain((text) => fc.constantFrom(...allKeys('lock:', text)).map((key) => key.replace('lock:', ''))),
    );

  it.each(['', ...PREFIXES])('gives no two locks with the prefix %j a key in common', (prefix) => {
    fc.assert(
      fc.property(fc.uniqueArray(keyOf(prefix), { minLength: 2, maxLength: 20, size: 'max' }), (keys) => {
        const all = keys.flatMap((key) => {
          try {
            return allKeys(prefix, key);
          } catch (error) {
            // Without a prefix, some keys are refused.
            expect(error).toBeInstanceOf(LockKeyError);
            expect(prefix).toBe('');
            return [];
          }
        });
        expect(new Set(all).size).toBe(all.length);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps all keys of a lock in one hash slot of a cluster', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-'));
    const server = await startRedis('--dir', folder, '--cluster-enabled', 'yes');
    const slotOf = (key: string) => server.command('CLUSTER', 'KEYSLOT', key);
    const slots = new Set<unknown>();
    for (const prefix of PREFIXES) {
      for (const key of [...LITERAL_KEYS, ...ENCODED_KEYS, ...LIKE_OURS, ...UNLIKE_OURS]) {
        const [slot, ...others] = await Promise.all(allKeys(prefix, key).map(slotOf));
        expect({ prefix, key, others }).toEqual({ prefix, key, others: [slot, slot, slot] });
        slots.add(slot);
      }
    }
    // Not all in the same one, which would be no proof.
    expect(slots.size).toBeGreaterThan(100);
    await server.stop();
    await rm(folder, { recursive: true });
  });
});
