import { isAlive, nameOf, rangeOf, readMutants, type StrykerReport } from '../../../proof/mutation/mutant.js';
import { describe as tell, sumUp } from '../../../proof/mutation/report.js';

const at = (line: number, column: number, endLine: number, endColumn: number) => ({
  start: { line, column },
  end: { line: endLine, column: endColumn },
});

const REPORT: StrykerReport = {
  files: {
    'src/core/a.ts': {
      source: 'const one = 1 < 2;\nif (one) {\n  go();\n}\n',
      mutants: [
        {
          mutatorName: 'EqualityOperator',
          replacement: '1 <= 2',
          status: 'Survived',
          location: at(1, 13, 1, 18),
        },
        { mutatorName: 'BlockStatement', replacement: '{}', status: 'NoCoverage', location: at(2, 10, 4, 2) },
        {
          mutatorName: 'ConditionalExpression',
          replacement: 'true',
          status: 'Killed',
          location: at(2, 5, 2, 8),
        },
        {
          mutatorName: 'ConditionalExpression',
          replacement: 'false',
          status: 'Timeout',
          location: at(2, 5, 2, 8),
        },
        { mutatorName: 'StringLiteral', status: 'RuntimeError', location: at(1, 1, 1, 2) },
      ],
    },
  },
};

const [survived, quiet, killed] = readMutants(REPORT);

it('reads what has become of each, and what stood there', () => {
  expect(readMutants(REPORT).map(({ state }) => state)).toEqual([
    ...['survived', 'quiet', 'killed', 'killed'],
    'invalid',
  ]);
  expect([survived, quiet].map((mutant) => mutant!.find)).toEqual(['1 < 2', '{\n  go();\n}']);
  expect(readMutants(REPORT).map(isAlive)).toEqual([true, true, false, false, false]);
});

it('has a name for each, and a range by which it is made again, whose columns are from 0', () => {
  expect(nameOf(survived!)).toBe('src/core/a.ts:1:13-1:18 EqualityOperator 1 <= 2');
  expect(rangeOf(quiet!)).toBe('src/core/a.ts:2:9-4:1');
  expect(new Set(readMutants(REPORT).map(nameOf)).size).toBe(5);
});

it('tells of each source how many were killed, and which were not, in one line each', () => {
  expect(tell('src/core/a.ts', readMutants(REPORT), 1.4).split('\n')).toEqual([
    'src/core/a.ts: 2 of 4 killed, 50.0 % (1 s)',
    '  1:13 EqualityOperator: 1 < 2 => 1 <= 2',
    '  2:10 not run BlockStatement: { go(); } => {}',
  ]);
});

it('sums up folders, and all', () => {
  const other = { ...killed!, file: 'src/b.ts' };
  expect(sumUp([...readMutants(REPORT), other]).split('\n')).toEqual([
    'src: 1 of 1 killed, 100.0 %',
    'src/core: 2 of 4 killed, 50.0 %',
    'all: 3 of 5 killed, 60.0 %',
  ]);
});
