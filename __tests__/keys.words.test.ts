/** What is said of a key that is none, and what a key becomes, letter by letter. */
import { createHash } from 'node:crypto';

import { readKey, toRedisKey, toRedisKeys } from '../src/keys.js';
import { refusal } from './support/refusal.js';

const sha = (key: string): string => createHash('sha256').update(key).digest('hex');
const RULE = 'a key must be a non-empty string, a finite number or a bigint';

it.each<[unknown, string]>([
  ['', 'an empty string; a key must have at least one character'],
  ['a\ud800', 'a string with half of a surrogate pair, which Redis can not store'],
  [-Infinity, `-Infinity; ${RULE}`],
  [null, `null; ${RULE}`],
  [{}, `an object; ${RULE}`],
  [{ then: undefined }, `an object (a promise: key functions can not be async); ${RULE}`],
  [Object.assign(() => 'k', { then: 1 }), `a function; ${RULE}`],
])('%j is refused', (value, said) => {
  const error = refusal(() => readKey(value, 'Class.method: the key is'));
  expect(error.message).toBe(`Class.method: the key is ${said}`);
  expect(error.key).toBe(value === 'a\ud800' ? value : undefined);
});

it.each([
  ['x'.repeat(201), 'has more than 200 characters', 'x'.repeat(32)],
  ['~a', "starts with '~'", 'a'],
  ['a b\n.c', 'has control characters', 'ab.c'],
  ['A{b:{_-@/', 'has braces that are not one hash tag', 'Ab:_-@/'],
  ['k:~v1:fence', "ends as latchkey's own keys do", 'k:v1:fence'],
  ['k:~t23:queue', "ends as latchkey's own keys do", 'k:t23:queue'],
  [`${'é'.repeat(200)}abc`, 'has more than 200 characters', ''],
  [`${'é'.repeat(199)}abc`, 'has more than 200 characters', 'a'],
])('%j is encoded, since it %s', (key, why, readable) => {
  expect(toRedisKey('p:', key)).toBe(`p:~${readable}~${sha(key)}`);
  const error = refusal(() => toRedisKey('', key));
  expect(error.message).toContain(` ${why}, so it can not be shared with other programs (prefix is '')`);
  expect(error.key).toBe(key);
});

it.each(['x'.repeat(200), 'a~', 'k:~v1:', 'k:~v1:fence ', 'k:~x1:fence', 'k:~v:fence', 'k:~v1:Fence', '{a}'])(
  '%j stays as it is',
  (key) => {
    expect(toRedisKey('p:', key)).toBe(`p:${key}`);
  },
);

it('the keys beside a lock are in its slot, and have another mark when it has a tag', () => {
  expect(toRedisKeys('p:', 'k')).toEqual({
    lock: 'p:k',
    fence: '{p:k}:~v1:fence',
    queue: '{p:k}:~v1:queue',
    waiters: '{p:k}:~v1:waiters',
  });
  expect(toRedisKeys('p:', '{k}')).toEqual({
    lock: 'p:{k}',
    fence: 'p:{k}:~t1:fence',
    queue: 'p:{k}:~t1:queue',
    waiters: 'p:{k}:~t1:waiters',
  });
});
