/** What is told of a value that is not allowed, and which values are. */
import * as vm from 'node:vm';

import {
  abortSignal,
  count,
  duration,
  isArray,
  line,
  ownOptions,
  show,
  throwIfAborted,
} from '../src/checks.js';

const revoked = (): unknown => {
  const { proxy, revoke } = Proxy.revocable([], {});
  revoke();
  return proxy;
};

describe('a value in an error message', () => {
  it.each<[unknown, string]>([
    ['a "b"', '"a \\"b\\""'],
    ['x'.repeat(50), `"${'x'.repeat(50)}"`],
    ['x'.repeat(51), `"${'x'.repeat(50)}…"`],
    [12n, '12n'],
    [-0, '-0'],
    [0, '0'],
    [NaN, 'NaN'],
    [true, 'true'],
    [undefined, 'undefined'],
    [null, 'null'],
    [[1], 'an array'],
    [{ toString: () => 'lies' }, 'an object'],
    [() => undefined, 'a function'],
    [Symbol('secret'), 'a symbol'],
    [revoked(), 'an object'],
  ])('%# is what it is, without code of its own', (value, text) => {
    expect(show(value)).toBe(text);
  });

  it.each([
    ['redis://user:pass@host:1', '"redis://[secret]@host:1"'],
    ['redis://a@b@host', '"redis://[secret]@host"'],
    ['://x@h', '"://[secret]@h"'],
    ['redis://host', '"redis://host"'],
    ['redis://@host', '"redis://@host"'],
    ['somebody@host', '"somebody@host"'],
    ['me@host://x', '"me@host://x"'],
  ])('%s has no password in it', (text, shown) => {
    expect(show(text)).toBe(shown);
  });
});

it('knows an array, also when asking throws', () => {
  expect([isArray([]), isArray({ length: 0 }), isArray(revoked())]).toEqual([true, false, false]);
});

describe('a duration', () => {
  it.each([
    [5, { min: 5 }],
    [Infinity, { min: 5, infinite: true }],
    [Number.MAX_SAFE_INTEGER, { min: 5, infinite: true }],
  ])('may be %s for %j', (value, rule) => {
    expect(duration('ttl', value, rule)).toBe(value);
  });

  it('is 0 and not -0', () => {
    expect(Object.is(duration('ttl', -0, { min: 0 }), 0)).toBe(true);
  });

  it.each([
    ['5', { min: 5 }, TypeError, 'ttl must be an integer number of milliseconds >= 5, not "5"'],
    [4, { min: 5 }, RangeError, 'ttl must be an integer number of milliseconds >= 5, not 4'],
    [5.5, { min: 5 }, RangeError, 'ttl must be an integer number of milliseconds >= 5, not 5.5'],
    [Infinity, { min: 5 }, RangeError, 'ttl must be an integer number of milliseconds >= 5, not Infinity'],
    [
      -Infinity,
      { min: 5, infinite: true },
      RangeError,
      'ttl must be an integer number of milliseconds >= 5, or Infinity, not -Infinity',
    ],
  ])('may not be %p for %j', (value, rule, type, message) => {
    expect(() => duration('ttl', value, rule)).toThrow(new type(message));
    expect(() => duration('ttl', value, rule)).toThrow(type);
  });
});

describe('a count', () => {
  it('is a positive integer', () => {
    expect([count('n', 1), count('n', 7)]).toEqual([1, 7]);
  });

  it.each([
    [0, RangeError, '0'],
    [1.5, RangeError, '1.5'],
    ['1', TypeError, '"1"'],
    [1n, TypeError, '1n'],
  ])('is not %p', (value, type, shown) => {
    expect(() => count('n', value)).toThrow(new type(`n must be an integer >= 1, not ${shown}`));
    expect(() => count('n', value)).toThrow(type);
  });
});

describe('a signal', () => {
  const { signal } = new AbortController();

  it('is one by its shape', () => {
    const foreign = { aborted: false, addEventListener: () => undefined };
    expect(abortSignal('signal', signal)).toBe(signal);
    expect(abortSignal('signal', foreign)).toBe(foreign);
  });

  it.each([
    [null, 'null'],
    [() => undefined, 'a function'],
    [{ aborted: false }, 'an object'],
    [{ addEventListener: () => undefined }, 'an object'],
    [Object.assign(() => undefined, { aborted: false, addEventListener: 1 }), 'a function'],
  ])('is not %p', (value, shown) => {
    expect(() => abortSignal('signal', value)).toThrow(
      new TypeError(`signal must be an AbortSignal, not ${shown}`),
    );
  });

  it('is no proxy that does not let itself be looked at', () => {
    expect(() => abortSignal('signal', revoked())).toThrow('signal must be an AbortSignal, not an object');
  });

  it('throws its reason when it has aborted', () => {
    throwIfAborted(undefined);
    throwIfAborted(signal);
    const reason = new Error('gone');
    expect(() => throwIfAborted(AbortSignal.abort(reason))).toThrow(reason);
  });
});

describe('a line of text', () => {
  const rule = 'name must be a string of 1 to 3 characters without control characters';

  it('has so many characters', () => {
    expect(['a', 'a b'].map((text) => line('name', text, { min: 1, max: 3 }))).toEqual(['a', 'a b']);
  });

  it.each([
    [7, TypeError, '7'],
    ['', RangeError, '""'],
    ['abcd', RangeError, '"abcd"'],
    ['a\nb', RangeError, '"a\\nb"'],
    ['\ud800', RangeError, '"\\ud800"'],
  ])('is not %j', (value, type, shown) => {
    expect(() => line('name', value, { min: 1, max: 3 })).toThrow(new type(`${rule}, not ${shown}`));
    expect(() => line('name', value, { min: 1, max: 3 })).toThrow(type);
  });
});

describe('options', () => {
  const read = (options: unknown): unknown => ({ ...ownOptions('wrap', options, ['ttl', 'name']) });

  it('are the own properties of a plain object of any realm, but for those set to undefined', () => {
    expect(read(undefined)).toEqual({});
    expect(read({ ttl: 1, name: undefined })).toEqual({ ttl: 1 });
    expect(read(Object.assign(Object.create(null) as object, { ttl: null }))).toEqual({ ttl: null });
    expect(read(vm.runInNewContext('({ ttl: 1 })'))).toEqual({ ttl: 1 });
    expect(Object.keys(read({ name: undefined }) as object)).toEqual([]);
  });

  it('take nothing from a polluted prototype', () => {
    const pollution = Object.prototype as { ttl?: number };
    pollution.ttl = 7;
    try {
      const options = ownOptions('wrap', {}, ['ttl']);
      expect(options.ttl).toBeUndefined();
    } finally {
      delete pollution.ttl;
    }
  });

  it.each([
    [null, 'null'],
    [7, '7'],
    [[], 'an array'],
    [new Map(), 'an object'],
    [Object.create({ ttl: 1 }), 'an object'],
    [Object.setPrototypeOf(() => undefined, null), 'a function'],
  ])('are not %p', (options, shown) => {
    expect(() => read(options)).toThrow(new TypeError(`wrap: options must be a plain object, not ${shown}`));
  });

  it('have no others than those there are', () => {
    expect(() => read({ ttl: 1, tll: 2 })).toThrow(
      new TypeError('wrap: there is no option "tll"; there are ttl, name'),
    );
  });
});
