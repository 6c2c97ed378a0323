import { readArguments } from '../../../proof/lua-mutation/arguments.js';

const FILES = ['mutex-acquire.lua', 'parts/mutex.lua'];

it('reads what was written', () => {
  expect(readArguments([], FILES)).toEqual({ only: [''], workers: 2, lists: 60, json: undefined });
  const words = '--only parts/,mutex-acquire --workers 1 --lists 5 --json out.json'.split(' ');
  expect(readArguments(words, FILES)).toEqual({
    only: ['parts/', 'mutex-acquire'],
    workers: 1,
    lists: 5,
    json: 'out.json',
  });
});

it.each([
  ['--only parts/none', 'mutation:lua: --only must name files of src/scripts, not parts/none'],
  ['--lists 0', 'mutation:lua: --lists must be an integer from 1 to 10000, not 0'],
  ['--all', 'mutation:lua: there is no option --all; there are --only, --workers, --lists, --json'],
])('refuses %s', (words, message) => {
  expect(() => readArguments(words.split(' '), FILES)).toThrow(new RangeError(message));
});
