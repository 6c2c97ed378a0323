/** What a wrapped function makes of its options: which are refused, and what its locker is asked for. */
import type { Guardable } from '../src/index.js';
import { wrapFunction } from '../src/wrap.js';
import { rejection } from './support/deferred.js';
import { standIn } from './support/locker-stand-in.js';
import { unhandledIn } from './support/unhandled.js';

type Call = (this: unknown, ...args: unknown[]) => Promise<unknown>;

const { signal } = new AbortController();
const done = async (): Promise<string> => 'done';
const pages = async function* (): AsyncGenerator<number> {
  yield 1;
};

interface Given {
  readonly fn?: Guardable;
  readonly key?: unknown;
  readonly busy?: boolean;
}

/** `fn`, wrapped as plain JavaScript may do it, and what its locker has been asked for. */
function wrapped(options: unknown, { fn = done, key = 'k', busy = false }: Given = {}) {
  const { asked, locker } = standIn({ busy });
  const plan = { key, options, locker: () => locker, nameOf: () => 'Class.method' };
  return { asked, call: wrapFunction('wrap', fn, plan) as Call };
}

describe('an option', () => {
  it.each([
    [
      'timeout',
      -1,
      RangeError,
      'timeout must be an integer number of milliseconds >= 0, or Infinity, not -1',
    ],
    ['ttl', 99, RangeError, 'ttl must be an integer number of milliseconds >= 100, not 99'],
    ['extend', 1, TypeError, 'extend must be true or false, not 1'],
    ['maxHold', 0, RangeError, 'maxHold must be an integer number of milliseconds >= 1, or Infinity, not 0'],
    ['reentrant', 'no', TypeError, 'reentrant must be true or false, not "no"'],
    ['onLost', 'skip', TypeError, 'onLost must be "reject" or "abort", not "skip"'],
    ['onBusy', 7, TypeError, 'onBusy must be "wait", "throw", "skip" or a function, not 7'],
    ['signal', {}, TypeError, 'signal must be an AbortSignal, not an object'],
    [
      'name',
      '',
      RangeError,
      'name must be a string of 1 to 100 characters without control characters, not ""',
    ],
  ])('%s can not be %j: that is told at once', (name, value, type, message) => {
    for (const fn of [done, pages]) {
      expect(() => wrapped({ [name]: value }, { fn })).toThrow(new type(message));
      expect(() => wrapped({ [name]: value }, { fn })).toThrow(type);
    }
  });

  it.each([
    ['timeout', 0],
    ['ttl', 500],
    ['extend', false],
    ['maxHold', 700],
    ['reentrant', false],
    ['onLost', 'abort'],
    ['onBusy', 'skip'],
    ['signal', signal],
    ['name', 'here'],
  ])('%s of %j is what the locker is asked for, and nothing else is', async (name, value) => {
    const { asked, call } = wrapped({ [name]: value });
    expect(await call()).toBe('done');
    expect(asked).toEqual([{ key: 'k', options: { name: 'Class.method', [name]: value } }]);
  });

  it('is read once, and what becomes of the object afterwards is nobody’s business', async () => {
    const read = jest.fn(() => 500);
    const options = Object.defineProperty({ onLost: 'abort' }, 'ttl', { get: read, enumerable: true });
    const { asked, call } = wrapped(options);
    options.onLost = 'reject';
    await call();
    await call();
    expect(read).toHaveBeenCalledTimes(1);
    expect(asked.map(({ options: { ttl, onLost } }) => [ttl, onLost])).toEqual([
      [500, 'abort'],
      [500, 'abort'],
    ]);
  });
});

describe('the signal', () => {
  it('is found by a function of the call’s arguments and this, at each call', async () => {
    const seen: unknown[] = [];
    const found = [signal, undefined];
    const { asked, call } = wrapped({
      signal(this: unknown, ...args: unknown[]) {
        seen.push([this, args]);
        return found[seen.length - 1];
      },
    });
    await call.call('this', 1, 2);
    await call.call('that', 3);
    expect(seen).toEqual([
      ['this', [1, 2]],
      ['that', [3]],
    ]);
    expect(asked.map(({ options }) => options['signal'])).toEqual(found);
  });

  it('can not be found later: that the function rejects ends nobody', async () => {
    const { asked, call } = wrapped({ signal: () => Promise.reject(new Error('later')) });
    expect(await unhandledIn(call)).toEqual([]);
    expect(asked).toHaveLength(1);
    expect(asked[0]!.options['signal']).toBeInstanceOf(Promise);
  });

  it('is not awaited, and not asked for, when the key can not be had', async () => {
    const find = jest.fn();
    const { asked, call } = wrapped({ signal: find }, { key: () => undefined });
    expect(await rejection(call())).toMatchObject({ code: 'LOCK_KEY' });
    expect(find).not.toHaveBeenCalled();
    expect(asked).toEqual([]);
  });
});

describe('onBusy', () => {
  it('as a function gets the call’s arguments and this, and its result is the call’s', async () => {
    const body = jest.fn(done);
    const onBusy = jest.fn(function (this: unknown, ...args: unknown[]) {
      return [this, ...args];
    });
    const { call } = wrapped({ onBusy }, { fn: body, busy: true });
    expect(onBusy).not.toHaveBeenCalled();
    expect(await call.call('this', 1, 2)).toEqual(['this', 1, 2]);
    expect(body).not.toHaveBeenCalled();
  });

  const refusal = new TypeError(
    'wrap: onBusy of an async generator must be "wait", "throw" or "skip", not a function',
  );

  it('can not be a function where the result is an async generator', () => {
    expect(() => wrapped({ onBusy: () => 1 }, { fn: pages })).toThrow(refusal);
    for (const onBusy of ['wait', 'throw', 'skip'])
      expect(() => wrapped({ onBusy }, { fn: pages })).not.toThrow();
  });

  it('of an async generator is what it was when it was read', () => {
    const answers: unknown[] = ['wait', () => 1];
    const options = Object.defineProperty({}, 'onBusy', { get: () => answers.shift(), enumerable: true });
    expect(() => wrapped(options, { fn: pages })).not.toThrow();
    expect(answers).toHaveLength(1);
  });

  it('of an async generator is not looked for in a poisoned Object.prototype', () => {
    Object.assign(Object.prototype, { onBusy: () => 1 });
    try {
      for (const options of [undefined, {}, { ttl: 500 }])
        expect(() => wrapped(options, { fn: pages })).not.toThrow();
    } finally {
      Reflect.deleteProperty(Object.prototype, 'onBusy');
    }
  });
});
