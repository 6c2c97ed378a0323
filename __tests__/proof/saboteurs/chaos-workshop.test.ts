import { readChaos } from '../../../proof/saboteurs/chaos-workshop.js';

const BEGIN = 'seed 1, 6 processes\n10000 acquisitions in 20 s, 500 in a second\n';

it('a run that is valid has not noticed the saboteur', () => {
  expect(readChaos(0, `${BEGIN}valid: 5 events, 3 claims, 1 late writes refused`)).toEqual({
    is: 'survived',
  });
});

it('names the first check that has found something', () => {
  const end =
    'INVALID: 5 events\n  disjoint: 2 violations\n  disjoint hot:1: 17#3 entered 2 ms before\n  left : keys\n';
  expect(readChaos(1, BEGIN + end)).toEqual({
    is: 'killed',
    by: 'disjoint',
    why: 'hot:1: 17#3 entered 2 ms before',
  });
});

it.each([
  ['what never happened', 1, 'valid: 0 events\nVACUOUS: never happened: an acquisition', 'VACUOUS: never'],
  ['an error', 1, 'Error: the resource has ended with 1\n    at arena.js', 'Error: the resource'],
  ['the watchdog', undefined, '', 'the run does not end'],
])('a run may also be ended by %s', (by, code, end, why) => {
  expect(readChaos(code, BEGIN + end)).toEqual({ is: 'killed', by, why: expect.stringContaining(why) });
});

it('a run that does not begin says nothing', () => {
  expect(readChaos(1, 'node:internal\nSyntaxError: no')).toEqual({ is: 'invalid', problem: 'node:internal' });
});
