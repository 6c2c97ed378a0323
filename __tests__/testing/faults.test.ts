/** Which of the misfortunes that a test has ordered befalls which step. */
import { type Fault, Faults, half } from '../../src/testing/faults.js';

const LOCK = ['lock:a', 'other:a'];

/** Faults that are told from each other by their delay. */
function ordered(...coming: [delay: number, of?: readonly string[] | undefined, times?: number][]): Faults {
  const faults = new Faults();
  for (const [delay, of, times = 1] of coming) faults.add('reply', delay, times, of);
  return faults;
}

const delays = (faults: Faults, ...steps: string[][]): (number | undefined)[] =>
  steps.map((keys) => faults.take(false, keys)?.delay);

it('each befalls one step, in the order in which they were ordered, and as often as was said', () => {
  const faults = ordered([1, undefined, 2], [2]);
  expect(delays(faults, ['a'], ['b'], ['a'], ['a'])).toEqual([1, 1, 2, undefined]);
});

it('a step is told what is wrong, by how much and for whom', () => {
  const faults = new Faults();
  const error = new Error('NOPERM');
  faults.add('request', Infinity, 1, LOCK);
  faults.add(error, 0, 1, undefined);
  const told: (Fault | undefined)[] = [faults.take(false, LOCK), faults.take(false, LOCK)];
  expect(told).toEqual([
    { what: 'request', delay: Infinity, of: LOCK },
    { what: error, delay: 0, of: undefined },
  ]);
});

it('one for a lock waits for a step that has one of its keys, and lets others pass', () => {
  const faults = ordered([1, LOCK], [2]);
  expect(delays(faults, ['lock:b'], ['x', 'other:a'], ['lock:a'])).toEqual([2, 1, undefined]);
  expect(delays(ordered([1, LOCK]), [], ['lock:a', 'x'])).toEqual([undefined, 1]);
});

describe('steps that travel together', () => {
  it('pass when nothing is wrong, or only with locks that are not among them', () => {
    expect(ordered().take(true, ['lock:a'])).toBeUndefined();
    expect(ordered([1, LOCK]).take(true, ['lock:b', 'lock:c'])).toBeUndefined();
  });

  it('are befallen as a whole by what is for any lock', () => {
    const faults = ordered([1]);
    expect(faults.take(true, ['lock:a', 'lock:b'])).toEqual({ what: 'reply', delay: 1, of: undefined });
    expect(faults.take(true, ['lock:a', 'lock:b'])).toBeUndefined();
  });

  it('are refused when one of them is meant, which is then befallen alone', () => {
    const faults = ordered([1, LOCK]);
    expect(() => faults.take(true, ['lock:b', 'other:a'])).toThrow(
      new Error('NOPERM steps for this lock travel alone'),
    );
    expect(delays(faults, ['lock:b'], ['other:a'], ['other:a'])).toEqual([undefined, 1, undefined]);
  });
});

it('half of a way is the request or the reply', () => {
  expect([half('lose', 'request'), half('delay', 'reply')]).toEqual(['request', 'reply']);
});

it.each<[unknown, string]>([
  ['both', '"both"'],
  ['', '""'],
  [undefined, 'undefined'],
  [['reply'], 'an array'],
])('half of a way is not %p, and the error names method, rule and value', (value, shown) => {
  expect(() => half('delay', value)).toThrow(
    new TypeError(`delay: what must be 'request' or 'reply', not ${shown}`),
  );
});
