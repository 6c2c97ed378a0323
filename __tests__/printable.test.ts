/** Text from outside in messages and log lines. */
import { printable } from '../src/printable.js';

it.each([
  ['', '""'],
  ['käse 🧀 {a}', '"käse 🧀 {a}"'],
  ['a"b\\c', String.raw`"a\"b\\c"`],
  ['""\\\\', String.raw`"\"\"\\\\"`],
  ['\0\t\r\n', String.raw`"\u{0}\u{9}\u{d}\u{a}"`],
  ['\u007f\u0085', String.raw`"\u{7f}\u{85}"`],
  ['\u202e\u200b\ufeff', String.raw`"\u{202e}\u{200b}\u{feff}"`],
  ['\u2028\u2029', String.raw`"\u{2028}\u{2029}"`],
  ['\ud800a\udc00', String.raw`"\u{d800}a\u{dc00}"`],
  ['\u{e0001}', String.raw`"\u{e0001}"`],
  [String.raw`\u{a}`, String.raw`"\\u{a}"`],
  ['\u00a0\u3000', '"\u00a0\u3000"'],
])('%j is shown as %s', (text, shown) => {
  expect(printable(text)).toBe(shown);
});

it('is cut after 200 characters, before it is escaped', () => {
  expect(printable('x'.repeat(200))).toBe(`"${'x'.repeat(200)}"`);
  expect(printable('x'.repeat(201))).toBe(`"${'x'.repeat(200)}…"`);
  expect(printable('"'.repeat(300))).toBe(`"${'\\"'.repeat(200)}…"`);
  expect(printable(`${'x'.repeat(199)}🔑`)).toBe(`"${'x'.repeat(199)}${String.raw`\u{d83d}`}…"`);
});
