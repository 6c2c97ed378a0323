import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { EXPLAINED, explanationOf, staleOnes } from '../../../proof/mutation/explained.js';
import type { Mutant } from '../../../proof/mutation/mutant.js';

const mutant = (put: string, state: Mutant['state']): Mutant => ({
  ...{ file: 'src/a.ts', line: 1, column: 1, endLine: 1, endColumn: 6, kind: 'EqualityOperator' },
  ...{ find: 'a < b', put, state },
});
const explained = ['a <= b', 'a >= b'].map((put) => ({ file: 'src/a.ts', find: 'a < b', put, why: 'so' }));

it('finds the explanation of a mutant by what it changes', () => {
  expect(explanationOf(mutant('a <= b', 'survived'), explained)).toBe(explained[0]);
  expect(explanationOf(mutant('a > b', 'survived'), explained)).toBeUndefined();
});

it('is stale when the mutant is killed, or there is none', () => {
  expect(staleOnes([mutant('a <= b', 'survived'), mutant('a >= b', 'quiet')], explained)).toEqual([]);
  expect(staleOnes([mutant('a <= b', 'killed')], explained)).toEqual(explained);
  // Nothing is known of a source that was not judged.
  expect(staleOnes([], explained)).toEqual([]);
});

it.each(EXPLAINED.map((one) => [one.file, one.find, one] as const))(
  '%s has still: %s',
  (file, find, { why }) => {
    expect(readFileSync(join(__dirname, '../../..', file), 'utf8')).toContain(find);
    expect(why).toMatch(/^[A-Z].*\.$/);
  },
);
