import { mutantsOf, mutate } from '../../../proof/lua-mutation/mutants.js';

/** Each mutant as the line that it makes, and what kind it is. */
const madeOf = (source: string): string[] =>
  mutantsOf('file.lua', source).map((mutant) => `${mutant.kind}: ${mutate(source, mutant)}`);

it.each([
  ['return a == b', ['statement: ', 'operator: return a ~= b']],
  ['local x = a < b', ['operator: local x = a <= b', 'operator: local x = a >= b']],
  ['local x = a >= b', ['operator: local x = a > b', 'operator: local x = a < b']],
  ['local x = a and not b', ['operator: local x = a or not b', 'operator: local x = a and b']],
  ['local x = a + b - c', ['operator: local x = a - b - c', 'operator: local x = a + b + c']],
  ['local x = a * b / c', ['operator: local x = a / b / c', 'operator: local x = a * b * c']],
  [
    'local x = f(-a, -1)',
    ['operator: local x = f(a, -1)', 'operator: local x = f(-a, 1)', 'value: local x = f(-a, -2)'],
  ],
  ['local x = true', ['value: local x = false']],
  ['local x = math.max(a, b)', ['value: local x = math.min(a, b)']],
  ['local x = math.min(a, max)', ['value: local x = math.max(a, max)']],
  [`local x = 'NX'`, [`value: local x = ''`]],
  [`local x = ''`, [`value: local x = '!'`]],
  ['local x = 1000', ['value: local x = 1001']],
  ['local x = 86400000', ['value: local x = 172800000']],
])('changes %s', (source, made) => {
  expect(madeOf(source)).toEqual(made);
});

it.each([
  ['if a then', ['condition: if true then', 'condition: if false then']],
  ['elseif f(a) then', ['condition: elseif true then', 'condition: elseif false then']],
  ['while a do', ['condition: while true do', 'condition: while false do']],
  // Not as a condition: that it is false is a change of its value.
  ['while true do', ['value: while false do']],
])('decides %s', (source, made) => {
  expect(madeOf(source)).toEqual(made);
});

it.each(['leave(token)', 'redis.call(a, b)', 'place = last', 'lock, fence = a[b], c', 'return', 'return a'])(
  'leaves out the line %s',
  (line) => {
    expect(madeOf(`  ${line}`).filter((made) => made.startsWith('statement'))).toEqual(['statement:   ']);
  },
);

it.each([
  'local function f(a)',
  'local a = b',
  'for a in b do',
  'else',
  'end',
  '-- a == 1 and not b',
  '--[[ a == 1 ]]',
  '--[==[ ]] ]==]',
])('has nothing to change in %s', (source) => {
  expect(mutantsOf('file.lua', source)).toEqual([]);
});

it('looks at no text inside strings', () => {
  expect(madeOf(`local x = '1 == 2 -- and' .. "it's"`)).toEqual([
    `value: local x = '' .. "it's"`,
    `value: local x = '1 == 2 -- and' .. ''`,
  ]);
  expect(madeOf('local x = [[ 1 ]]')).toEqual([`value: local x = ''`]);
});

it('tells where a mutant is', () => {
  expect(mutantsOf('parts/a.lua', '-- 1\n\n  local x = 7\n')).toEqual([
    { file: 'parts/a.lua', line: 3, column: 13, kind: 'value', find: '7', put: '8' },
  ]);
});

it('refuses what is no Lua, and a mutant that does not fit', () => {
  expect(() => mutantsOf('file.lua', 'a ? b')).toThrow('no Lua: ? b');
  expect(() => mutantsOf('file.lua', 'if a')).toThrow('if has no end');
  const [mutant] = mutantsOf('file.lua', 'local x = 1');
  expect(() => mutate('local xx = 1', mutant!)).toThrow('file.lua:1:11 is not 1');
});
