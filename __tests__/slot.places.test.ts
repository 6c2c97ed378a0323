/** Where keys are put, as a real server has said once. */
import { slotOf } from '../src/slot.js';

it.each([
  ['', 0],
  ['123456789', 12_739],
  ['foo', 12_182],
  ['bar', 5_061],
  ['hello', 866],
])('%j is in slot %i', (key, slot) => {
  expect(slotOf(key)).toBe(slot);
});

it.each([
  ['{foo}', 'foo'],
  ['a{foo}b', 'foo'],
  ['a{foo}{bar}', 'foo'],
  ['a{{foo}}', '{foo'],
  ['}a{foo}', 'foo'],
  ['}{foo}', 'foo'],
  ['{f}', 'f'],
  ['{é🔑}x', 'é🔑'],
])('%j is where %j is: what stands in its first braces', (key, tag) => {
  expect(slotOf(key)).toBe(slotOf(tag));
});

it('of a key without anything in its first braces counts all of it', () => {
  const whole = ['{}foo', 'foo{}', 'foo{', '}foo{', 'foo}', '{}{foo}'].map(slotOf);
  for (const slot of whole) expect([slotOf('foo'), slotOf('')]).not.toContain(slot);
  expect(new Set(whole).size).toBe(whole.length);
  expect(Math.max(...whole)).toBeLessThan(16_384);
});
