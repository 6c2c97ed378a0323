import { firstLine, type JestReport, readVerdict } from '../../../proof/saboteurs/verdict.js';

type Ran = JestReport['testResults'][number]['assertionResults'][number];
const ran = (status: string, ...failureMessages: string[]): Ran => ({
  fullName: `a test that ${status}`,
  status,
  failureMessages,
});
const report = (assertionResults: Ran[], message = '', broken = 0): JestReport => ({
  numRuntimeErrorTestSuites: broken,
  testResults: [{ name: '/tests/a.test.ts', message, assertionResults }],
});

it('is killed by a test that failed, whatever else has happened', () => {
  const failed = ran('failed', '\u001b[2mError: \u001b[31mexpected\u001b[39m 1\n    at somewhere');
  for (const given of [report([ran('passed'), failed]), report([failed], '● hook', 1)]) {
    expect(readVerdict(given)).toEqual({ is: 'killed', by: 'a test that failed', why: 'Error: expected 1' });
  }
});

it('survives when a test ran and none failed', () => {
  expect(readVerdict(report([ran('pending'), ran('passed')]))).toEqual({ is: 'survived' });
});

it.each<[string, JestReport, string]>([
  [
    'a suite that does not load',
    report([], '  ● Test suite failed to run\n\n    Syntax Error\n', 1),
    'the suite does not load: Syntax Error',
  ],
  ['tests that were all left out', report([ran('pending')]), 'no test of this title'],
  ['no tests', report([]), 'no test of this title'],
])('is not killed by %s', (_, given, problem) => {
  expect(readVerdict(given)).toEqual({ is: 'invalid', problem });
});

it('shows the first line with words in it, cut after 200 characters', () => {
  expect(firstLine('\n ● title › of it\n ---\n  Error: why\nmore')).toBe('Error: why');
  expect(firstLine('x'.repeat(300))).toHaveLength(200);
  expect(firstLine('')).toBe('');
});
