/** What a list of keys may be, word by word, and what is said of keys that can not be locked together. */
import { checkSlots, readKeys, readLockable } from '../src/key-list.js';
import { refusal } from './support/refusal.js';

const WHERE = 'Class.method: the key is';
const numbers = (length: number): number[] => Array.from({ length }, (_, i) => i);

it('one key is what it is, and several are a list', () => {
  for (const value of ['k', ['k'], ['k', 'k']]) expect(readLockable(value, WHERE)).toBe('k');
  expect(readLockable(['k', 7], WHERE)).toEqual(['k', '7']);
});

it.each<[unknown, string]>([
  ['', 'an empty string; a key must have at least one character'],
  [[], 'an empty list; there must be at least one key'],
  [['a', 'a', ''], 'a list, of which [2] is an empty string; a key must have at least one character'],
  [numbers(65), 'a list of more than 64 keys, the most that one lock can have'],
  [
    [...numbers(64), undefined],
    'a list, of which [64] is undefined; a key must be a non-empty string, a finite number or a bigint',
  ],
])('%j is refused in so many words', (value, rule) => {
  for (const read of [readKeys, readLockable]) {
    const error = refusal(() => read(value, WHERE));
    expect(error.message).toBe(`${WHERE} ${rule}`);
    expect('cause' in error).toBe(false);
  }
});

it('64 keys are not too many', () => {
  expect(readKeys(numbers(64), WHERE)).toEqual(numbers(64).map(String));
});

it('no more of a list is read than is needed to refuse it', () => {
  let read = 0;
  const list = Object.assign([], {
    *[Symbol.iterator]() {
      for (;;) yield String(read++);
    },
  });
  expect(refusal(() => readKeys(list, WHERE)).message).toBe(
    `${WHERE} a list of more than 64 keys, the most that one lock can have`,
  );
  expect(read).toBe(65);
});

it('a list that throws when it is read is refused with its error as the cause', () => {
  const cause = new Error('second');
  const list = Object.defineProperty(['a', 'b'], 1, {
    get: () => {
      throw cause;
    },
  });
  const error = refusal(() => readKeys(list, WHERE));
  expect([error.message, error.cause]).toEqual([
    `${WHERE} a list that can not be read (see its cause)`,
    cause,
  ]);
});

it('the refusal of keys in two slots names the first and one in another slot, and the cure', () => {
  const named = (key: string) => ({ site: { key }, keys: { lock: `lock:${key}` } });
  expect(() => checkSlots([named('a')])).not.toThrow();
  expect(() => checkSlots([named('{t}a'), named('{t}b'), named('t{t}')])).not.toThrow();
  const error = refusal(() => checkSlots([named('{t}"a"'), named('{t}b'), named('c\n'), named('d')]));
  expect(error.message).toBe(
    String.raw`the keys "{t}\"a\"" and "c\u{a}" can not be locked together: on a Cluster, their Redis keys ` +
      String.raw`"lock:{t}\"a\"" and "lock:c\u{a}" are in different hash slots. Put braces around something that they share ` +
      "('{order:7}:stock', '{order:7}:bill'), or use a prefix with braces, such as '{locks}:'",
  );
  expect(error.key).toBe('c\n');
});
