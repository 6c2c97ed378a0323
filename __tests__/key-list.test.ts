import * as fc from 'fast-check';

import { createLocker, LockKeyError, memory } from '../src/index.js';
import { checkSlots, readKeys } from '../src/key-list.js';
import { toRedisKeys } from '../src/keys.js';
import { slotOf } from '../src/slot.js';
import { rejection } from './support/deferred.js';
import { refusal } from './support/refusal.js';

describe('readKeys', () => {
  it.each<[unknown, string[]]>([
    ['k', ['k']],
    [7, ['7']],
    [['k'], ['k']],
    [
      ['b', 'a'],
      ['b', 'a'],
    ],
    [
      [7, '7', 7n, 'k', 7],
      ['7', 'k'],
    ],
  ])('reads %p as %p', (value, keys) => {
    expect(readKeys(value, 'the key is')).toEqual(keys);
  });

  it.each<[unknown, string]>([
    [[], 'an empty list; there must be at least one key'],
    [[''], 'a list, of which [0] is an empty string; a key must have at least one character'],
    [['a', undefined], 'a list, of which [1] is undefined; a key must be'],
    [Object.assign(Array(3), { 0: 'a', 2: 'b' }), 'a list, of which [1] is undefined; a key must be'],
    [['a', ['b']], 'a list, of which [1] is an array; a key must be'],
    [
      ['a', Promise.resolve('b')],
      'a list, of which [1] is an object (a promise: key functions can not be async)',
    ],
    [['a', '\ud800'], 'a list, of which [1] is a string with half of a surrogate pair'],
    [Array.from({ length: 65 }, (_, i) => i), 'a list of more than 64 keys, the most that one lock can have'],
    [undefined, 'undefined; a key must be'],
    [new Set(['a']), 'an object; a key must be'],
  ])('refuses %p', (value, rule) => {
    expect(refusal(() => readKeys(value, 'Class.method: the key is')).message).toContain(
      `Class.method: the key is ${rule}`,
    );
  });

  it('refuses a list that throws when it is read', () => {
    const cause = new Error('touched');
    const list = new Proxy(['a', 'b'], {
      get: () => {
        throw cause;
      },
    });
    const error = refusal(() => readKeys(list, 'the key is'));
    expect(error.message).toBe('the key is a list that can not be read (see its cause)');
    expect(error.cause).toBe(cause);
  });

  it('counts each key once, so that 64 different ones may be named often', () => {
    const keys = Array.from({ length: 64 }, (_, i) => String(i));
    expect(readKeys([...keys, ...keys], 'the key is')).toEqual(keys);
  });

  it('does not see what becomes of the list afterwards', () => {
    const list = ['a', 'b'];
    const keys = readKeys(list, 'the key is');
    list.push('c');
    expect(keys).toEqual(['a', 'b']);
  });
});

describe('where one script can not have the keys of several slots', () => {
  const named = (key: string, prefix = 'lock:') => ({ site: { key }, keys: toRedisKeys(prefix, key) });

  it('a list is accepted when all of its keys are in one, and only then', () => {
    const key = fc.constantFrom('a', 'b', '{t}:a', '{t}:b', 't', 'a{t}', 'x'.repeat(300), '}{');
    const list = fc.array(key, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(list, fc.constantFrom('lock:', '{locks}:'), ([first, ...more], prefix) => {
        const all = [named(first!, prefix), ...more.map((one) => named(one, prefix))] as const;
        const one = new Set(all.map(({ keys }) => slotOf(keys.lock))).size === 1;
        if (one) expect(() => checkSlots(all)).not.toThrow();
        else expect(() => checkSlots(all)).toThrow(LockKeyError);
      }),
    );
  });

  it('it is refused before anything is sent; the error names two of the keys, and the cure', async () => {
    const adapter = Object.assign(memory(), { joins: false });
    const run = jest.spyOn(adapter, 'run');
    const locker = createLocker(adapter);
    const body = jest.fn();
    for (const call of [
      () => locker.acquire(['a', 'b']),
      () => locker.tryAcquire(['a', 'b']),
      () => locker.withLock(['a', 'b'], body),
      () => locker.withLock(['a', 'b'], body, { onBusy: 'skip' }),
    ]) {
      const error = await rejection(call());
      expect(error).toBeInstanceOf(LockKeyError);
      const { message } = error as LockKeyError;
      expect(message).toContain('the keys "a" and "b" can not be locked together');
      expect(message).toContain('"lock:a" and "lock:b" are in different hash slots');
      expect(message).toContain("a prefix with braces, such as '{locks}:'");
    }
    expect(run).not.toHaveBeenCalled();
    expect(body).not.toHaveBeenCalled();
  });

  it('it is taken by the same one command when they are', async () => {
    const adapter = Object.assign(memory(), { joins: false });
    const run = jest.spyOn(adapter, 'run');
    const [tagged, prefixed] = [createLocker(adapter), createLocker(adapter, { prefix: '{locks}:' })];
    await using _one = await tagged.acquire(['{7}:a', '{7}:b', '7{7}']);
    await using _two = await prefixed.acquire(['a', 'b']);
    const names = run.mock.calls.map(([script]) => script.name).filter((name) => name !== 'server-memory');
    expect(names).toEqual(['mutex-acquire-all', 'mutex-acquire-all']);
  });
});
