import type * as Probe from '../../src/testing/probe.js';

// Before it is imported: it keeps the timers that it finds.
jest.useFakeTimers();
let probe: typeof Probe;
beforeAll(async () => {
  probe = await import('../../src/testing/probe.js');
});
afterEach(() => expect(jest.getTimerCount()).toBe(0));

/** What becomes of a promise, and at which moment. */
function watch(promise: Promise<unknown>): { outcome: unknown; after: number } {
  const start = Date.now();
  const seen = { outcome: 'pending' as unknown, after: NaN };
  const note = (outcome: unknown): void => void Object.assign(seen, { outcome, after: Date.now() - start });
  promise.then(note, (error: unknown) => note(error instanceof Error ? error.message : error));
  return seen;
}

const later = (ms: number, settle: () => unknown): Promise<unknown> =>
  new Promise<void>((resolve) => setTimeout(resolve, ms)).then(settle);

const fails = (error: unknown) => (): never => {
  throw error;
};

it('names are new each time, and lie in a hash slot of their own', () => {
  const [one, other] = [probe.fresh(), probe.fresh()];
  expect(one).toMatch(/^\{latchkey-check:[\da-f]{8}(?:-[\da-f]{4}){3}-[\da-f]{12}\}$/);
  expect(other).not.toBe(one);
});

it('scripts are new each time, and named by their SHA-1', () => {
  const [one, other] = [probe.scriptOf('return 1'), probe.scriptOf('return 1', 4)];
  expect(one).toMatchObject({ name: 'adapter-check', keys: 1 });
  expect(other).toMatchObject({ name: 'adapter-check', keys: 4 });
  expect(one.source).toMatch(/^-- [\da-f-]{36}\nreturn 1$/);
  expect(one.sha1).toMatch(/^[\da-f]{40}$/);
  expect([other.source, other.sha1]).not.toContain(one.source);
  expect(other.sha1).not.toBe(one.sha1);
});

it('a demand that is met says nothing, and one that is not says what was demanded', () => {
  expect(() => probe.demand(true, 'all is well')).not.toThrow();
  expect(() => probe.demand(false, 'all is well')).toThrow(new Error('all is well'));
});

it.each<[unknown]>([[undefined], [null], [''], ['1'], [1], [[]], [[1, ['2', []]]], [12n]])(
  '%p is the same as itself, and not as anything else',
  (value) => {
    expect(() => probe.same(value, structuredClone(value), 'it')).not.toThrow();
    expect(() => probe.same(value, 'x', 'it')).toThrow(/^it: expected "x", but it is /);
    expect(() => probe.same('x', value, 'it')).toThrow(/^it: expected .*, but it is "x"$/);
  },
);

it.each<[unknown, unknown, string]>([
  [1, '1', 'it: expected "1", but it is 1'],
  [null, undefined, 'it: expected undefined, but it is null'],
  ['undefined', undefined, 'it: expected undefined, but it is "undefined"'],
  [[1, 2], [2, 1], 'it: expected [2,1], but it is [1,2]'],
  [[1], 1, 'it: expected 1, but it is [1]'],
  [1n, 1, 'it: expected 1, but it is "the bigint 1"'],
  [[2n], [2], 'it: expected [2], but it is ["the bigint 2"]'],
  [new Map([['a', 1]]), ['a', 1], 'it: expected ["a",1], but it is {"Map":[["a",1]]}'],
  [new Set(['a']), ['a'], 'it: expected ["a"], but it is {"Set":["a"]}'],
  [{ a: 1 }, ['a', 1], 'it: expected ["a",1], but it is {"a":1}'],
  [Buffer.from('a'), 'a', 'it: expected "a", but it is {"type":"Buffer","data":[97]}'],
  ['x'.repeat(198), 1, `it: expected 1, but it is "${'x'.repeat(198)}"`],
  [1, 'x'.repeat(199), `it: expected "${'x'.repeat(199)}…, but it is 1`],
  ['x'.repeat(10_000), 1, `it: expected 1, but it is "${'x'.repeat(199)}…`],
])('%# what a reply is not is said, cut short', (actual, expected, message) => {
  expect(() => probe.same(actual, expected, 'it')).toThrow(new Error(message));
});

describe('what is to come soon', () => {
  it('is passed on when it has come', async () => {
    const [value, error] = [
      watch(
        probe.soon(
          later(4_999, () => 'value'),
          'it',
        ),
      ),
    ].concat(watch(probe.soon(later(4_999, fails(new Error('no'))), 'it')));
    await jest.advanceTimersByTimeAsync(5_000);
    expect([value, error]).toEqual([
      { outcome: 'value', after: 4_999 },
      { outcome: 'no', after: 4_999 },
    ]);
  });

  it('is not waited for any longer than five seconds', async () => {
    const seen = watch(probe.soon(later(5_001, fails(new Error('too late'))), 'it'));
    await jest.advanceTimersByTimeAsync(6_000);
    expect(seen).toEqual({ outcome: 'it has not settled after 5000 ms', after: 5_000 });
  });
});

describe('what is to be rejected', () => {
  it.each([new Error('NOPERM'), 'NOPERM', undefined])(
    'tells the error, whatever it is: %p',
    async (error) => {
      const seen = watch(probe.rejection(later(4_999, fails(error)), 'it').then((told) => ({ told })));
      await jest.advanceTimersByTimeAsync(5_000);
      expect(seen).toEqual({ outcome: { told: error }, after: 4_999 });
    },
  );

  it('must not take longer than anything else: that nothing comes is not the error', async () => {
    const seen = watch(probe.rejection(later(5_001, fails(new Error('too late'))), 'it'));
    await jest.advanceTimersByTimeAsync(6_000);
    expect(seen).toEqual({ outcome: 'it has not settled after 5000 ms', after: 5_000 });
  });

  it.each([
    [null, 'it must reject, but it resolved with null'],
    [undefined, 'it must reject, but it resolved with undefined'],
    ['x'.repeat(300), `it must reject, but it resolved with "${'x'.repeat(199)}…`],
  ])('%# must not resolve', async (value, message) => {
    await expect(probe.rejection(Promise.resolve(value), 'it')).rejects.toThrow(new Error(message));
  });
});

describe('what comes eventually', () => {
  it.each([
    [0, 0],
    [12, 15],
    [2_495, 2_495],
    [2_500, 2_500],
    [9_000, 2_500],
  ])('after %d ms is waited for %d ms', async (comes, after) => {
    let looks = 0;
    const start = Date.now();
    const seen = watch(probe.eventually(() => (looks++, Date.now() - start >= comes)));
    await jest.advanceTimersByTimeAsync(10_000);
    expect(seen).toEqual({ outcome: undefined, after });
    expect(looks).toBe(1 + after / 5);
  });
});

it('quiet is a tenth of a second', async () => {
  const seen = watch(probe.quiet());
  await jest.advanceTimersByTimeAsync(200);
  expect(seen).toEqual({ outcome: undefined, after: 100 });
});
