import { createLocker } from '../src/create-locker.js';
import { memory } from '../src/adapters/memory/memory.js';
import { DEFAULTS, type LockOptions } from '../src/options.js';
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

it('reads each option once, whichever call it is for', () => {
  for (const readIt of [
    (options: object) => readLockOptions('acquire', options, none),
    (options: object) => readGuardOptions('withLock', options, none),
    (options: object) => readTryLockOptions('tryAcquire', options, none),
    (options: object) => readAdoptOptions('adopt', options, none),
  ]) {
    const ttls = [500, 600];
    const options = Object.defineProperty({}, 'ttl', { get: () => ttls.shift(), enumerable: true });
    expect(readIt(options).ttl).toBe(500);
    expect(ttls).toEqual([600]);
  }
});
