import { readArguments } from '../../../proof/chaos/arguments.js';
import { FAULT_NAMES } from '../../../proof/chaos/faults.js';

it('has defaults', () => {
  expect(readArguments(['--seed', '7'])).toEqual({
    ...{ seed: 7, acquisitions: 10_000, seconds: 600, processes: 6, store: 'checks' },
    faults: FAULT_NAMES,
  });
});

it('goes on for as long as it is told when only that is said', () => {
  expect(readArguments(['--seconds', '5'])).toMatchObject({ seconds: 5, acquisitions: 1e9 });
});

it.each([
  ['--seconds 0', 'chaos: --seconds must be an integer from 1 to 86400, not 0'],
  ['--acquisitions many', 'chaos: --acquisitions must be an integer from 1 to 1000000000, not many'],
  ['--processes 99', 'chaos: --processes must be an integer from 2 to 32, not 99'],
  ['--store maybe', 'chaos: --store must be checks or takes-all, not maybe'],
  ['--faults rain', 'chaos: --faults must name some of worker stopped, '],
  ['--sed 1', '--seed, --acquisitions, --seconds'],
])('refuses %s', (words, message) => {
  expect(() => readArguments(words.split(' '))).toThrow(message);
});
