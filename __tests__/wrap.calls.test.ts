/** One call of a wrapped function: what it locks, as what it is known, and what it may return. */
import { type Guardable, LockKeyError } from '../src/index.js';
import { wrapFunction } from '../src/wrap.js';
import { rejection } from './support/deferred.js';
import { standIn } from './support/locker-stand-in.js';
import { unhandledIn } from './support/unhandled.js';

type Call = (this: unknown, ...args: unknown[]) => Promise<unknown>;

const done = async (): Promise<string> => 'done';

interface Given {
  readonly fn?: unknown;
  readonly key?: unknown;
  readonly nameOf?: (instance: unknown) => unknown;
}

function wrapped({ fn = done, key = 'k', nameOf = () => 'Class.method' }: Given = {}) {
  const { asked, locker } = standIn();
  const found: unknown[] = [];
  const plan = {
    key,
    options: undefined,
    locker: (instance: unknown, site: string) => (found.push([instance, site]), locker),
    nameOf,
  };
  return { asked, found, call: wrapFunction('wrap', fn as Guardable, plan) as Call };
}

describe('the locker', () => {
  it('is found anew for each call, for its instance and its name', async () => {
    const nameOf = (instance: unknown): string => `${String(instance)}.run`;
    const { asked, found, call } = wrapped({ nameOf });
    await call.call('a');
    await call.call('b');
    expect(found).toEqual([
      ['a', 'a.run'],
      ['b', 'b.run'],
    ]);
    expect(asked.map(({ options }) => options['name'])).toEqual(['a.run', 'b.run']);
  });

  it('is asked for one key as text, and for several as a list', async () => {
    const lists: [unknown, unknown][] = [
      [7, '7'],
      [['a'], 'a'],
      [
        ['a', 7, 'a'],
        ['a', '7'],
      ],
    ];
    for (const [key, text] of lists) {
      for (const named of [key, () => key]) {
        const { asked, call } = wrapped({ key: named });
        await call();
        expect(asked).toMatchObject([{ key: text }]);
      }
    }
  });
});

describe('a key function', () => {
  const errorOf = async (key: () => unknown): Promise<LockKeyError> => {
    const { asked, call } = wrapped({ key });
    const error = await rejection(call());
    expect(error).toBeInstanceOf(LockKeyError);
    expect(asked).toEqual([]);
    return error as LockKeyError;
  };

  it('that throws: the call rejects and tells the cause', async () => {
    const cause = new Error('of the key function');
    const error = await errorOf(() => {
      throw cause;
    });
    expect(error.message).toBe('Class.method: the key function threw an error (see its cause)');
    expect(error.cause).toBe(cause);
  });

  it('that returns no key: the call rejects and tells what it was', async () => {
    expect((await errorOf(() => undefined)).message).toBe(
      'Class.method: the key function returned undefined; a key must be a non-empty string, a finite number or a bigint',
    );
  });

  it.each<[string, () => unknown, string]>([
    ['is async', async () => Promise.reject(new Error('later')), 'an object'],
    [
      'makes a list of promises',
      () => [1, 2].map(() => Promise.reject(new Error('later'))),
      'a list, of which [0] is an object',
    ],
    [
      'makes a list of keys and promises',
      () => ['a', Promise.reject(new Error('later')), Promise.reject(new Error('later'))],
      'a list, of which [1] is an object',
    ],
  ])('that %s: nothing but the call rejects', async (_, key, what) => {
    const unhandled = await unhandledIn(async () => {
      const { message } = await errorOf(key);
      expect(message).toBe(
        `Class.method: the key function returned ${what} (a promise: key functions can not be async); ` +
          'a key must be a non-empty string, a finite number or a bigint',
      );
    });
    expect(unhandled).toEqual([]);
  });

  it('that returns what does not let itself be looked at: the call is refused for that', async () => {
    const trap = (): never => {
      throw new Error('touched');
    };
    const touchy = new Proxy({}, { get: trap, has: trap, getPrototypeOf: trap });
    expect((await errorOf(() => touchy)).message).toMatch(
      /^Class\.method: the key function returned an object;/,
    );
  });

  it('is asked in the turn of the call', () => {
    const key = jest.fn(() => 'k');
    void wrapped({ key }).call();
    expect(key).toHaveBeenCalledTimes(1);
  });
});

describe('what is returned', () => {
  const NO_PROMISE = 'not a promise: only async methods can be held under a lock';
  const told = async (result: unknown): Promise<unknown> => {
    const error = await rejection(wrapped({ fn: () => result }).call());
    expect(error).toBeInstanceOf(TypeError);
    return (error as TypeError).message;
  };

  it('must be a promise, or another thenable, also one that is a function', async () => {
    const thenable = { then: (resolve: (value: string) => void) => resolve('then') };
    for (const result of [thenable, Object.assign(() => undefined, thenable)])
      expect(await wrapped({ fn: () => result }).call()).toBe('then');
    for (const [result, shown] of [
      [undefined, 'undefined'],
      [null, 'null'],
      ['text', '"text"'],
      [{ then: 'later' }, 'an object'],
      [() => undefined, 'a function'],
    ])
      expect(await told(result)).toBe(`Class.method returned ${shown as string}, ${NO_PROMISE}`);
  });

  it('is told from an async iterable, which is almost right', async () => {
    expect(await told({ [Symbol.asyncIterator]: () => undefined })).toBe(
      'Class.method returned an async iterable but is not an async generator function (async *), so it can not be held ' +
        'under a lock; was it compiled for a target below ES2018, or wrapped by another decorator?',
    );
  });

  it('is the call’s, and what is thrown instead of it is what the call rejects with', async () => {
    const error = new Error('before the first await');
    const { call } = wrapped({
      fn(this: unknown, ...args: unknown[]) {
        if (args.length === 0) throw error;
        return Promise.resolve([this, args]);
      },
    });
    expect(await call.call('this', 1, 2)).toEqual(['this', [1, 2]]);
    expect(await rejection(call())).toBe(error);
  });
});

describe('the name', () => {
  it.each([
    ['x'.repeat(101), 'x'.repeat(100)],
    ['two\nlines', 'two?lines'],
    ['', 'anonymous function'],
    [undefined, 'anonymous function'],
    [7, 'anonymous function'],
  ])('%j is told as %j, in errors too', async (name, shown) => {
    const nameOf = (): unknown => name;
    const { asked, call } = wrapped({ nameOf });
    await call();
    expect(asked).toMatchObject([{ options: { name: shown } }]);
    expect(() => wrapped({ nameOf, key: '' })).toThrow(
      new LockKeyError(`${shown}: the key is an empty string; a key must have at least one character`),
    );
    expect(() => wrapped({ nameOf, fn: function* () {} })).toThrow(
      new TypeError(`${shown} is a generator; only async functions and async generators can wait`),
    );
  });
});

describe('an async generator', () => {
  it('tells what is wrong with its call at its first step', async () => {
    const { asked, call } = wrapped({ fn: async function* () {}, key: () => '' });
    const steps = call() as unknown as AsyncGenerator;
    const error = (await rejection(steps.next())) as Error;
    expect(error).toBeInstanceOf(LockKeyError);
    expect(error.message).toBe(
      'Class.method: the key function returned an empty string; a key must have at least one character',
    );
    expect(await steps.next()).toEqual({ done: true, value: undefined });
    expect(asked).toEqual([]);
  });
});
