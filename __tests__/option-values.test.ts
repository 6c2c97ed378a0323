/** What each option may be; every error names option, rule and value. */
import fc from 'fast-check';

import type { LockerOptions } from '../src/options.js';
import {
  checkExtension,
  checkMaxTtl,
  readExtend,
  readMaxTtl,
  readOnBusy,
  readOnLost,
  readReentrant,
} from '../src/option-values.js';
import { readCloseOptions, readGuardOptions, readLockerOptions, readLockOptions } from '../src/settings.js';

const none = readLockerOptions(undefined);
const read = (options: object): unknown => readLockOptions('acquire', options, none);

const strange: [unknown, string][] = [
  [NaN, 'NaN'],
  [-Infinity, '-Infinity'],
  [-1, '-1'],
  [0.5, '0.5'],
  [2 ** 53, '9007199254740992'],
  ['5', '"5"'],
  [5n, '5n'],
  [null, 'null'],
  [{}, 'an object'],
  [[], 'an array'],
  [new Date(0), 'an object'],
  [true, 'true'],
  [Symbol('s'), 'a symbol'],
  [() => 5, 'a function'],
];

const durations: [string, (value: unknown) => unknown, number, boolean][] = [
  ['timeout', (timeout) => read({ timeout }), 0, true],
  ['ttl', (ttl) => read({ ttl }), 100, false],
  ['timeout', (timeout) => readLockerOptions({ timeout } as LockerOptions), 0, true],
  ['ttl', (ttl) => readLockerOptions({ ttl } as LockerOptions), 100, false],
  ['commandTimeout', (commandTimeout) => readLockerOptions({ commandTimeout } as LockerOptions), 10, false],
  ['minValidity', (minValidity) => readLockerOptions({ minValidity } as LockerOptions), 1, false],
  ['maxHold', (maxHold) => read({ maxHold }), 1, true],
  ['grace', (grace) => readCloseOptions({ grace } as never), 0, false],
];

describe.each(durations)('%s', (name, readIt, min, infinite) => {
  it.each(strange)('refuses %p and names option, rule and value', (value, shown) => {
    const rule = `must be an integer number of milliseconds >= ${min}${infinite ? ', or Infinity' : ''}`;
    const Expected = typeof value === 'number' ? RangeError : TypeError;
    expect(() => readIt(value)).toThrow(new Expected(`${name} ${rule}, not ${shown}`));
  });

  it('takes its least value and long ones', () => {
    expect(() => readIt(min)).not.toThrow();
    if (name === 'minValidity') return;
    expect(() => readIt(2 ** 31)).not.toThrow();
    expect(() => readIt(2 ** 53 - 1)).not.toThrow();
  });

  it(infinite ? 'takes Infinity' : 'refuses Infinity', () => {
    if (infinite) expect(() => readIt(Infinity)).not.toThrow();
    else expect(() => readIt(Infinity)).toThrow(RangeError);
  });
});

describe('maxWaiters', () => {
  const readIt = (maxWaiters: unknown) => readLockerOptions({ maxWaiters } as LockerOptions);

  it.each(strange)('refuses %p and names option, rule and value', (value, shown) => {
    const Expected = typeof value === 'number' ? RangeError : TypeError;
    expect(() => readIt(value)).toThrow(new Expected(`maxWaiters must be an integer >= 1, not ${shown}`));
  });

  it('takes 1 and more, and no less', () => {
    expect(readIt(1).maxWaiters).toBe(1);
    expect(readIt(2 ** 53 - 1).maxWaiters).toBe(2 ** 53 - 1);
    expect(() => readIt(0)).toThrow(RangeError);
    expect(() => readIt(Infinity)).toThrow(RangeError);
  });
});

it('reads -0 as 0', () => {
  expect(Object.is(readLockOptions('acquire', { timeout: -0 }, none).timeout, 0)).toBe(true);
});

it.each<[string, unknown, string]>([
  ['reentrant', 1, 'reentrant must be true or false, not 1'],
  ['extend', 'yes', 'extend must be true or false, not "yes"'],
  ['onBusy', 'later', 'onBusy must be "wait", "throw", "skip" or a function, not "later"'],
  ['onBusy', true, 'onBusy must be "wait", "throw", "skip" or a function, not true'],
  ['onLost', 'skip', 'onLost must be "reject" or "abort", not "skip"'],
])('refuses %s: %p', (name, value, message) => {
  expect(() => readGuardOptions('withLock', { [name]: value }, none)).toThrow(new TypeError(message));
});

it('takes true and false for what is to be or not', () => {
  for (const readIt of [readExtend, readReentrant]) expect([true, false].map(readIt)).toEqual([true, false]);
});

it('takes what may be done with a lock that is lost, or somebody else’s', () => {
  const instead = (): number => 1;
  expect(['reject', 'abort'].map(readOnLost)).toEqual(['reject', 'abort']);
  expect(['wait', 'throw', 'skip', instead].map(readOnBusy)).toEqual(['wait', 'throw', 'skip', instead]);
  for (const refused of [undefined, null, 'Reject', ['reject']])
    expect(() => readOnLost(refused)).toThrow(TypeError);
  for (const refused of [undefined, null, 'Wait', ['wait']])
    expect(() => readOnBusy(refused)).toThrow(TypeError);
});

describe('the longest ttl', () => {
  it('is the ttl of the locker, unless it says more or nothing, where there are several servers', () => {
    expect(readMaxTtl(undefined, 500, true)).toBe(500);
    expect([500, 501, 0].map((value) => readMaxTtl(value, 500, true))).toEqual([500, 501, 0]);
    expect(readMaxTtl(undefined, 500, false)).toBeUndefined();
  });

  it.each<[unknown, boolean, typeof TypeError, string]>([
    [499, true, RangeError, 'maxTtl must be 0, or at least the ttl of 500 ms, not 499'],
    [1, true, RangeError, 'maxTtl must be 0, or at least the ttl of 500 ms, not 1'],
    [-1, true, RangeError, 'maxTtl must be an integer number of milliseconds >= 0, not -1'],
    [Infinity, true, RangeError, 'maxTtl must be an integer number of milliseconds >= 0, not Infinity'],
    ['0', true, TypeError, 'maxTtl must be an integer number of milliseconds >= 0, not "0"'],
    [500, false, TypeError, 'maxTtl is for lockers of several servers, and this one has one server'],
    [-1, false, RangeError, 'maxTtl must be an integer number of milliseconds >= 0, not -1'],
  ])('can not be %p (several servers: %p)', (value, several, type, message) => {
    expect(() => readMaxTtl(value, 500, several)).toThrow(new type(message));
    expect(() => readMaxTtl(value, 500, several)).toThrow(type);
  });

  it('limits a ttl when there is one', () => {
    for (const [ttl, maxTtl] of [
      [500, 500],
      [501, 0],
      [501, undefined],
    ] as const)
      expect(() => checkMaxTtl('ttl', ttl, maxTtl)).not.toThrow();
    expect(() => checkMaxTtl('ttl', 501, 500)).toThrow(
      new RangeError("ttl must be at most the locker's maxTtl of 500 ms, not 501"),
    );
    expect(() => checkMaxTtl('ttl', 2, 1)).toThrow(RangeError);
  });

  it('limits an extension, which is a ttl before that', () => {
    for (const ttl of [100, 500]) expect(() => checkExtension(ttl, 500)).not.toThrow();
    expect(() => checkExtension(501, undefined)).not.toThrow();
    expect(() => checkExtension(501, 500)).toThrow(
      new RangeError("extend: ttl must be at most the locker's maxTtl of 500 ms, not 501"),
    );
    for (const [value, type, shown] of [
      [99, RangeError, '99'],
      [Infinity, RangeError, 'Infinity'],
      ['500', TypeError, '"500"'],
    ] as const)
      expect(() => checkExtension(value, 500)).toThrow(
        new type(`extend: ttl must be an integer number of milliseconds >= 100, not ${shown}`),
      );
  });
});

it('cuts long values in messages', () => {
  expect(() => read({ name: 'x'.repeat(101) })).toThrow(`not "${'x'.repeat(50)}…"`);
});

it.each([
  ['prefix must be a string of 0 to 100 characters without control characters, not 5', 5],
  ['prefix must be a string of 0 to 100 characters without control characters', 'p'.repeat(101)],
  ['prefix must be a string of 0 to 100 characters without control characters', 'a\0'],
  ['prefix must be a string of 0 to 100 characters without control characters', '\ud800'],
  ['prefix must have no braces, or one hash tag around something, not "{}:"', '{}:'],
  ['prefix must have no braces, or one hash tag around something, not "{a}{b}"', '{a}{b}'],
  ['prefix must have no braces, or one hash tag around something, not "a}"', 'a}'],
])('%s', (message, prefix) => {
  expect(() => readLockerOptions({ prefix } as LockerOptions)).toThrow(message);
});

it('takes a prefix with one hash tag, and an empty one', () => {
  expect(readLockerOptions({ prefix: '{locks}:' }).prefix).toBe('{locks}:');
  expect(readLockerOptions({ prefix: '' }).prefix).toBe('');
});

it('F5 E1: gives a setting or an error with the option’s name for any value of any option', () => {
  const names = ['timeout', 'ttl', 'signal', 'name'] as const;
  fc.assert(
    fc.property(
      fc.constantFrom(...names),
      fc.anything({ withBigInt: true, withDate: true }),
      (name, value) => {
        try {
          read({ [name]: value });
          return true;
        } catch (error) {
          return (
            (error instanceof TypeError || error instanceof RangeError) && error.message.startsWith(name)
          );
        }
      },
    ),
    { numRuns: 1_000 },
  );
});
