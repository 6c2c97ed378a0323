import { createHash } from 'node:crypto';

import * as fc from 'fast-check';

import { createLocker, LockKeyError, memory, nodeRedis } from '../src/index.js';
import { hasCleanBraces, readKey, toRedisKey, toRedisKeys } from '../src/keys.js';
import { ENCODED_KEYS, HALF_PAIRS, LITERAL_KEYS } from './support/hostile-keys.js';
import { keysLeft } from './support/keys-left.js';
import { eventually } from './support/pause.js';
import { startRedis } from './support/redis-server.js';
import { refusal } from './support/refusal.js';

const PREFIX = 'lock:';

describe('readKey', () => {
  it.each([
    ['text', 'text'],
    [' ', ' '],
    [0, '0'],
    [-0, '0'],
    [42, '42'],
    [1.5, '1.5'],
    [2 ** 53, '9007199254740992'],
    [12345678901234567890n, '12345678901234567890'],
  ])('reads %p as %p', (value, text) => {
    expect(readKey(value, 'Class.method: the key is')).toBe(text);
  });

  it.each([
    ['', 'an empty string; a key must have at least one character'],
    [undefined, 'undefined; a key must be a non-empty string, a finite number or a bigint'],
    [null, 'null; a key must be a non-empty string, a finite number or a bigint'],
    [NaN, 'NaN; a key must be a non-empty string, a finite number or a bigint'],
    [Infinity, 'Infinity; a key must be a non-empty string, a finite number or a bigint'],
    [true, 'true; a key must be a non-empty string, a finite number or a bigint'],
    [Symbol('s'), 'a symbol; a key must be a non-empty string, a finite number or a bigint'],
    [() => 'key', 'a function; a key must be a non-empty string, a finite number or a bigint'],
    [{ toString: () => 'key' }, 'an object; a key must be a non-empty string, a finite number or a bigint'],
    [new String('key'), 'an object; a key must be a non-empty string, a finite number or a bigint'],
    [Promise.resolve('key'), 'an object (a promise: key functions can not be async); a key must be'],
    [['a', 'b'], 'an array; a key must be a non-empty string, a finite number or a bigint'],
  ])('refuses %p', (value, rule) => {
    expect(refusal(() => readKey(value, 'Class.method: the key is')).message).toContain(
      `Class.method: the key is ${rule}`,
    );
  });

  it('refuses an object that throws whenever it is touched', () => {
    const touchy = new Proxy(
      {},
      {
        get: () => {
          throw new Error('touched');
        },
        has: () => {
          throw new Error('touched');
        },
      },
    );
    expect(refusal(() => readKey(touchy, 'the key is')).message).toContain('the key is an object;');
    const { proxy, revoke } = Proxy.revocable([], {});
    revoke();
    expect(refusal(() => readKey(proxy, 'the key is')).message).toContain('the key is an object;');
  });

  it('F2 E1: refuses half of a surrogate pair before anything is sent', async () => {
    const adapter = memory();
    const run = jest.spyOn(adapter, 'run');
    const locker = createLocker(adapter);
    for (const key of HALF_PAIRS) {
      await expect(locker.acquire(key)).rejects.toThrow(/half of a surrogate pair/);
      await expect(locker.tryAcquire(key)).rejects.toThrow(LockKeyError);
      await expect(locker.withLock(key, () => 'not run')).rejects.toThrow(LockKeyError);
    }
    expect(run).not.toHaveBeenCalled();
  });
});

describe('toRedisKey', () => {
  it.each(LITERAL_KEYS)('uses %j as it is', (key) => {
    expect(toRedisKey(PREFIX, key)).toBe(PREFIX + key);
    expect(toRedisKey('', key)).toBe(key);
  });

  it.each(ENCODED_KEYS)('encodes %j, readable and of one shape', (key) => {
    expect(toRedisKey(PREFIX, key)).toMatch(/^lock:~[\w.:/@-]{0,32}~[0-9a-f]{64}$/);
    expect(toRedisKey(PREFIX, key)).toBe(toRedisKey(PREFIX, key));
  });

  it('keeps of an encoded key what can be read', () => {
    expect(toRedisKey(PREFIX, 'member:{42}:{7}\n')).toMatch(/^lock:~member:42:7~/);
  });

  it.each(ENCODED_KEYS)(
    'F1 E1: refuses to encode %j without a prefix, in words that can be printed',
    (key) => {
      const error = refusal(() => toRedisKey('', key));
      expect(error.message).toMatch(
        /^key ".*" (has|starts with) .*, so it can not be shared with other programs/,
      );
      expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}]/u);
      expect(error.message.length).toBeLessThan(1_000);
      expect(error.key).toBe(key);
    },
  );

  it('gives different keys for different keys', () => {
    const character = fc.constantFrom('a', 'b', '~', '{', '}', '\0', '\n', 'é', 'e\u0301', '🔑', '\u200b');
    const part = fc.oneof(
      fc.string({ unit: character, maxLength: 6 }),
      fc.constantFrom(...LITERAL_KEYS, ...ENCODED_KEYS, 'x'.repeat(199), 'x'.repeat(202)),
    );
    const key = fc.oneof(
      part,
      fc.tuple(part, part).map((parts) => parts.join('')),
      part.map((text) => toRedisKey(PREFIX, `${text}\n`)),
      part.map((text) => toRedisKey(PREFIX, `${text}\n`).slice(PREFIX.length)),
    );
    fc.assert(
      fc.property(fc.uniqueArray(key, { minLength: 2, maxLength: 20 }), (keys) => {
        expect(new Set(keys.map((each) => toRedisKey(PREFIX, each))).size).toBe(keys.length);
      }),
      { numRuns: 500 },
    );
  });

  it.each(ENCODED_KEYS)('takes no other key for what it makes of %j', (key) => {
    const encoded = toRedisKey(PREFIX, key).slice(PREFIX.length);
    expect(toRedisKey(PREFIX, encoded)).not.toBe(PREFIX + encoded);
  });

  it('F1: never lets a key reach outside of its prefix or into another hash slot', () => {
    const unit = fc.oneof(
      fc.constantFrom('{', '}', 'a'),
      fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
    );
    fc.assert(
      fc.property(fc.string({ unit, minLength: 1, maxLength: 250 }), (key) => {
        const redisKey = toRedisKey('{locks}:', key);
        expect(redisKey.startsWith('{locks}:')).toBe(true);
        expect(hasCleanBraces(toRedisKey(PREFIX, key))).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  // Beside the hash there is one look for halves of pairs, which may not take long either, whatever the characters are.
  it.each([1, 16])('F3: names a key of %i MiB in the time that it takes to hash it a few times', (size) => {
    const fastest = (work: () => void): number => {
      const times = [1, 2, 3].map(() => {
        const start = performance.now();
        work();
        return performance.now() - start;
      });
      return Math.min(...times);
    };
    for (const character of ['x', 'é', '\0', '{', '🔑']) {
      const key = character.repeat((size * 2 ** 20) / Buffer.byteLength(character));
      const hashing = fastest(() => createHash('sha256').update(key).digest('hex'));
      const naming = fastest(() => {
        expect(toRedisKey(PREFIX, readKey(key, 'the key is')).length).toBeLessThan(150);
      });
      expect(naming).toBeLessThan(5 * hashing);
    }
  });

  it('cuts a huge key in the words of its refusal', () => {
    expect(refusal(() => toRedisKey('', 'x'.repeat(2 ** 20))).message.length).toBeLessThan(400);
  });
});

describe('hasCleanBraces', () => {
  it.each(['', 'a', '{a}', 'a{b}c', '{a b}'])('accepts %j', (text) =>
    expect(hasCleanBraces(text)).toBe(true),
  );
  it.each(['{', '}', '{}', '}{', 'a}b', '{a}}', '{{a}', '{a}{b}', '{a}b}', '{}{a}'])('refuses %j', (text) =>
    expect(hasCleanBraces(text)).toBe(false),
  );
});

describe('a real server', () => {
  it('F1 S4: sees exactly the expected key of each lock, byte for byte, and none besides', async () => {
    const server = await startRedis();
    const locker = createLocker(nodeRedis(await server.client()));
    await locker.withLock('warm-up', () => undefined);
    const touched: string[] = [];
    let done = false;
    await (
      await server.admin()
    ).monitor((line) => {
      touched.push(...keysOf(line));
      done ||= line.includes('"the end"');
    });

    const keys = [...LITERAL_KEYS, ...ENCODED_KEYS];
    for (const key of keys) expect(await locker.withLock(key, (lock) => lock.key)).toBe(key);
    await server.command('ECHO', 'the end');
    await eventually(() => done, true);
    const expected = keys.flatMap((key) => Object.values<string>({ ...toRedisKeys(PREFIX, key) }));
    expect([...new Set(touched)].sort()).toEqual(expected.sort());
    expect(await keysLeft(server)).toEqual([]);
  });
});

/** The keys in a line of MONITOR: of a command inside a script its first argument, of EVALSHA the one behind the count. */
function keysOf(line: string): string[] {
  const words = [...line.matchAll(/"((?:\\.|[^"\\])*)"/g)].map(([, word]) => unescape(word!));
  const command = words[0]!.toUpperCase();
  if (command === 'EVALSHA' || command === 'EVAL') return words.slice(3, 3 + Number(words[2]));
  return line.includes(' lua] ') && command !== 'TIME' ? [words[1]!] : [];
}

/** The text behind the escapes with which MONITOR shows what is not printable ASCII. */
function unescape(word: string): string {
  const plain: Record<string, string> = { n: '\n', r: '\r', t: '\t', a: '\x07', b: '\b' };
  const bytes = word.replace(/\\(?:x(..)|(.))/g, (_, hex: string | undefined, letter: string) =>
    hex === undefined ? (plain[letter] ?? letter) : String.fromCharCode(parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1').toString();
}
