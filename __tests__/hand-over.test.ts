/** A lock as text, on its way to another process. */
import { readHandOver, writeHandOver } from '../src/hand-over.js';

const TOKEN = 'token-1'.padEnd(27, '_');
const HAND_OVER = { key: 'käse 🧀', lockKey: 'lock:k', token: TOKEN };
const RULE = 'adopt: the first argument must be what lock.serialize() has returned';

const text = (value: unknown, mark = 'latchkey:1:'): string =>
  mark + Buffer.from(JSON.stringify(value)).toString('base64url');

it('is read as it was written, and is letters, digits and a few signs', () => {
  expect(writeHandOver(HAND_OVER)).toMatch(/^latchkey:1:[\w-]+$/);
  expect(readHandOver(writeHandOver(HAND_OVER))).toEqual(HAND_OVER);
});

it.each([16, 64])('has a token of %i characters', (length) => {
  const token = 't'.repeat(length);
  expect(readHandOver(text(['k', 'lock:k', token]))).toEqual({ key: 'k', lockKey: 'lock:k', token });
});

it.each<[string, string]>([
  ['of another version', text(['k', 'lock:k', TOKEN], 'latchkey:2:')],
  ['without a mark', text(['k', 'lock:k', TOKEN], '')],
  ['of which the end is missing', writeHandOver(HAND_OVER).slice(0, -4)],
  ['of no list', text({ 0: 'k', 1: 'lock:k', 2: TOKEN, length: 3 })],
  ['of a word', text('abc')],
  ['of no JSON', `latchkey:1:${Buffer.from('nonsense').toString('base64url')}`],
  ['without a key', text([7, 'lock:k', TOKEN])],
  ['without a key in Redis', text(['k', null, TOKEN])],
  ['with a number for a token', text(['k', 'lock:k', 1_234_567_890_123_456])],
  ['without a token', text(['k', 'lock:k'])],
  ['with a token that is too short', text(['k', 'lock:k', 't'.repeat(15)])],
  ['with a token that is too long', text(['k', 'lock:k', 't'.repeat(65)])],
  ['with a space in its token', text(['k', 'lock:k', `${'t'.repeat(16)} t`])],
  ['with more', text(['k', 'lock:k', TOKEN, 1])],
  ['with nothing', 'latchkey:1:'],
])('a text %s is refused, and not shown', (_, given) => {
  expect(() => readHandOver(given)).toThrow(new TypeError(`${RULE}, not another text`));
});

it.each([
  [undefined, 'undefined'],
  [Buffer.from(writeHandOver(HAND_OVER)), 'an object'],
])('%p is refused', (given, shown) => {
  expect(() => readHandOver(given)).toThrow(new TypeError(`${RULE}, not ${shown}`));
});
