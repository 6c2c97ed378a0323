import fc from 'fast-check';

import { createLocker } from '../src/create-locker.js';
import { memory } from '../src/adapters/memory/memory.js';
import { DEFAULTS, type LockerOptions, type LockOptions } from '../src/options.js';
import {
  readAdoptOptions,
  readCloseOptions,
  readGuardOptions,
  readLockerOptions,
  readLockOptions,
  readTryLockOptions,
} from '../src/settings.js';

const none = readLockerOptions(undefined);
const read = (options?: LockOptions, settings = none) => readLockOptions('acquire', options, settings);

it('has the documented defaults', () => {
  expect(none).toEqual({
    timeout: 40_000,
    ttl: 20_000,
    extend: true,
    maxHold: undefined,
    reentrant: true,
    prefix: 'lock:',
    commandTimeout: undefined,
    minValidity: undefined,
    maxWaiters: 10_000,
  });
  expect(read()).toEqual({
    timeout: 40_000,
    ttl: 20_000,
    extend: true,
    maxHold: 40_000,
    reentrant: true,
    signal: undefined,
    name: 'acquire',
    commandTimeout: 2_000,
    minValidity: 10_000,
  });
  expect(readCloseOptions(undefined)).toBe(5_000);
  expect(DEFAULTS).toEqual({
    timeout: 40_000,
    ttl: 20_000,
    extend: true,
    maxHold: 40_000,
    reentrant: true,
    onLost: 'reject',
    onBusy: 'wait',
    prefix: 'lock:',
    maxWaiters: 10_000,
    grace: 5_000,
  });
});

it('takes the call’s options before the locker’s, and undefined for left out', () => {
  const settings = readLockerOptions({ timeout: 5, ttl: 300, commandTimeout: 50, minValidity: 20 });
  expect(
    read({ timeout: undefined, ttl: undefined, name: undefined, signal: undefined }, settings),
  ).toMatchObject({
    timeout: 5,
    ttl: 300,
    commandTimeout: 50,
    minValidity: 20,
  });
  expect(read({ timeout: 6, ttl: 400, name: 'here' }, settings)).toMatchObject({
    timeout: 6,
    ttl: 400,
    name: 'here',
  });
});

it('takes a timeout of 0 for what it is, and not for one that was left out', () => {
  const patient = readLockerOptions({ timeout: 5 });
  expect(read({ timeout: 0 }, patient).timeout).toBe(0);
  expect(readGuardOptions('here', { timeout: 0 }, patient).timeout).toBe(0);
  expect(read(undefined, readLockerOptions({ timeout: 0 })).timeout).toBe(0);
});

it('derives the command timeout and the least validity from the ttl', () => {
  expect(read({ ttl: 100 })).toMatchObject({ commandTimeout: 25, minValidity: 50 });
  expect(read({ ttl: 4_001 })).toMatchObject({ commandTimeout: 1_001, minValidity: 2_000 });
  expect(read({ ttl: 8_001 })).toMatchObject({ commandTimeout: 2_000, minValidity: 4_000 });
});

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
  ['timeout', (timeout) => read({ timeout } as LockOptions), 0, true],
  ['ttl', (ttl) => read({ ttl } as LockOptions), 100, false],
  ['timeout', (timeout) => readLockerOptions({ timeout } as LockerOptions), 0, true],
  ['ttl', (ttl) => readLockerOptions({ ttl } as LockerOptions), 100, false],
  ['commandTimeout', (commandTimeout) => readLockerOptions({ commandTimeout } as LockerOptions), 10, false],
  ['minValidity', (minValidity) => readLockerOptions({ minValidity } as LockerOptions), 1, false],
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
  expect(Object.is(read({ timeout: -0 }).timeout, 0)).toBe(true);
});

it('refuses a least validity that no lease of the ttl ever has', () => {
  expect(() => readLockerOptions({ ttl: 1_000, minValidity: 978 })).toThrow(
    new RangeError('minValidity must be below 978 ms with a ttl of 1000 ms, not 978'),
  );
  const settings = readLockerOptions({ ttl: 1_000, minValidity: 977 });
  expect(() => read({ ttl: 500 }, settings)).toThrow('minValidity must be below 488 ms with a ttl of 500 ms');
});

it.each([
  [
    { tll: 5 },
    'acquire: there is no option "tll"; there are timeout, signal, ttl, extend, maxHold, reentrant, name',
  ],
  [5, 'acquire: options must be a plain object, not 5'],
  [null, 'acquire: options must be a plain object, not null'],
  [[], 'acquire: options must be a plain object, not an array'],
  [new Date(0), 'acquire: options must be a plain object, not an object'],
  [new Map(), 'acquire: options must be a plain object, not an object'],
  [new AbortController().signal, 'acquire: options must be a plain object, not an object'],
  [createLocker(memory()), 'acquire: options must be a plain object, not an object'],
  [
    new (class {
      timeout = 5;
    })(),
    'acquire: options must be a plain object, not an object',
  ],
  [{ signal: {} }, 'signal must be an AbortSignal, not an object'],
  [{ signal: 'x' }, 'signal must be an AbortSignal, not "x"'],
  [{ name: '' }, 'name must be a string of 1 to 100 characters without control characters, not ""'],
  [{ name: 'a\nb' }, 'name must be a string of 1 to 100 characters without control characters, not "a\\nb"'],
  [{ name: 7 }, 'name must be a string of 1 to 100 characters without control characters, not 7'],
])('refuses %j with a message that says why', (options, message) => {
  expect(() => read(options as LockOptions)).toThrow(message);
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

it('does not wait when onBusy says what else to do, unless the same call sets a timeout', () => {
  const settings = readLockerOptions({ timeout: 7_000 });
  const timeouts = (['wait', 'throw', 'skip', () => 1] as const).map((onBusy) => {
    const options = { onBusy } as { onBusy: 'wait' };
    return [
      readGuardOptions('withLock', options, settings).timeout,
      readGuardOptions('withLock', { ...options, timeout: 50 }, settings).timeout,
    ];
  });
  expect(timeouts).toEqual([
    [7_000, 50],
    [0, 50],
    [0, 50],
    [0, 50],
  ]);
});

it('has no reentry for a lock that is taken over', () => {
  expect(readAdoptOptions('adopt', { ttl: 500, timeout: 5 }, none)).toMatchObject({ ttl: 500, timeout: 5 });
  expect(() => readAdoptOptions('adopt', { reentrant: true } as never, none)).toThrow(
    'adopt: there is no option "reentrant"; there are timeout, signal, ttl, extend, maxHold, name',
  );
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

it('has no timeout and no signal for a call that does not wait', () => {
  expect(readTryLockOptions('tryAcquire', { ttl: 500 }, none)).toMatchObject({
    timeout: 0,
    ttl: 500,
    name: 'tryAcquire',
  });
  expect(() => readTryLockOptions('tryAcquire', { timeout: 5 } as never, none)).toThrow(
    'tryAcquire: there is no option "timeout"; there are ttl, extend, maxHold, reentrant, name',
  );
});

it('takes options without a prototype', () => {
  const bare = Object.assign(Object.create(null) as object, { timeout: 1 });
  expect(read(bare).timeout).toBe(1);
});

it('F6: reads own properties only', () => {
  const readers = {
    call: () => read({}).timeout,
    nothing: () => read(undefined).timeout,
    locker: () => readLockerOptions(undefined).timeout,
    empty: () => readLockerOptions({}).timeout,
  };
  for (const reader of Object.values(readers)) {
    try {
      Object.assign(Object.prototype, { timeout: 1 });
      expect(reader()).toBe(40_000);
    } finally {
      Reflect.deleteProperty(Object.prototype, 'timeout');
    }
  }
  expect(() => read(JSON.parse('{"__proto__": {"timeout": 1}}') as LockOptions)).toThrow(
    'no option "__proto__"',
  );
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

describe('how a lock is held', () => {
  it('is taken from the call, then from the locker, then from the ttl', () => {
    const settings = readLockerOptions({ extend: false, maxHold: 7_000 });
    expect(readLockOptions('acquire', undefined, settings)).toMatchObject({ extend: false, maxHold: 7_000 });
    expect(readLockOptions('acquire', { extend: true, maxHold: 1 }, settings)).toMatchObject({
      extend: true,
      maxHold: 1,
    });
    expect(readLockOptions('acquire', { ttl: 90_000 }, none)).toMatchObject({ maxHold: 90_000 });
    expect(readLockOptions('acquire', { maxHold: Infinity }, none)).toMatchObject({ maxHold: Infinity });
  });

  it.each<[object, string]>([
    [{ extend: 1 }, 'extend must be true or false, not 1'],
    [{ maxHold: 0 }, 'maxHold must be an integer number of milliseconds >= 1, or Infinity, not 0'],
    [{ maxHold: '5' }, 'maxHold must be an integer number of milliseconds >= 1, or Infinity, not "5"'],
    [{ onLost: 'throw' }, 'onLost must be "reject" or "abort", not "throw"'],
  ])('is refused when it is none: %j', (options, message) => {
    expect(() => readGuardOptions('withLock', options, none)).toThrow(message);
  });

  it('says what becomes of a call only where there is one', () => {
    expect(readGuardOptions('withLock', undefined, none).onLost).toBe('reject');
    expect(readGuardOptions('withLock', { onLost: 'abort' }, none).onLost).toBe('abort');
    expect(() => readLockOptions('acquire', { onLost: 'abort' } as object, none)).toThrow(
      'acquire: there is no option "onLost"',
    );
  });
});
