import { readArguments } from '../../../proof/mutation/arguments.js';

const ALL = ['src/core/a.ts', 'src/core/b.ts', 'src/index.ts'];

it('takes all sources, or those and the folders that are named', () => {
  expect(readArguments([], ALL)).toEqual({ sources: ALL, workers: 2, reach: 'near', json: undefined });
  const words = ['--only', 'src/index.ts,src/core', '--workers', '1', '--reach', 'all', '--json', 'a.json'];
  expect(readArguments(words, ALL)).toEqual({
    sources: ['src/index.ts', 'src/core/a.ts', 'src/core/b.ts'],
    workers: 1,
    reach: 'all',
    json: 'a.json',
  });
});

it.each([
  [['--only', 'src/c.ts'], '--only must name sources or folders of them, not src/c.ts'],
  [['--workers', '0'], '--workers must be an integer from 1 to 16, not 0'],
  [['--reach', 'far'], '--reach must be own, near or all, not far'],
  [['--fast'], 'there is no option --fast'],
])('refuses %j', (words, message) => {
  expect(() => readArguments(words, ALL)).toThrow(RangeError);
  expect(() => readArguments(words, ALL)).toThrow(message);
});
