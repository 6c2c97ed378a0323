import { LockKeyError } from '../../../src/index.js';
import { rejection } from '../deferred.js';
import type { Flavour, World } from './flavour.js';

const trap = () => {
  throw new Error('of the proxy');
};
const traps = new Proxy<ProxyHandler<object>>({}, { get: () => trap });
const revoked = Proxy.revocable({}, {});
revoked.revoke();

/** What a key function may not return, and what its error says of it. */
const noKeys: [what: string, value: unknown, said: RegExp][] = [
  [
    'undefined',
    undefined,
    /returned undefined; a key must be a non-empty string, a finite number or a bigint$/,
  ],
  ['null', null, /returned null;/],
  ['an empty string', '', /returned an empty string; a key must have at least one character$/],
  ['half a surrogate pair', 'a\ud800', /returned a string with half of a surrogate pair/],
  ['an object', { key: 'a' }, /returned an object;/],
  ['an object that turns into a text', { toString: () => 'a' }, /returned an object;/],
  ['a String object', Object('a'), /returned an object;/],
  ['a date', new Date(), /returned an object;/],
  ['an empty list', [], /returned an empty list; there must be at least one key$/],
  ['a list with none in it', ['a', undefined], /returned a list, of which \[1\] is undefined; a key must be/],
  ['a list of lists', [['a']], /returned a list, of which \[0\] is an array; a key must be/],
  ['too many keys', Array.from({ length: 65 }, (_, i) => i), /returned a list of more than 64 keys/],
  ['NaN', NaN, /returned NaN;/],
  ['Infinity', Infinity, /returned Infinity;/],
  ['-Infinity', -Infinity, /returned -Infinity;/],
  ['true', true, /returned true;/],
  ['a symbol', Symbol('a'), /returned a symbol;/],
  ['a function', () => 'a', /returned a function;/],
  ['a promise', Promise.resolve('a'), /returned an object \(a promise: key functions can not be async\);/],
  ['a thenable', { then: trap }, /returned an object \(a promise: key functions can not be async\);/],
  ['a proxy that throws at every touch', new Proxy({}, traps), /the key function/],
  ['a proxy of a function', new Proxy(() => 'a', traps), /the key function/],
  ['a proxy of a list', new Proxy(['a'], traps), /the key function/],
  ['a revoked proxy', revoked.proxy, /the key function/],
];

/** What becomes of a call whose key can not be had. */
export function keyCases({ lodge }: Flavour, world: World): void {
  describe('F4 E1: a key function that fails', () => {
    const errorOf = async (key: unknown, method: 'add' | 'walk'): Promise<LockKeyError> => {
      const body = jest.fn();
      const granted = jest.fn();
      world.locker.on('granted', granted);
      const call = new (lodge({ key, body, steps: body }))()[method]();
      const error = await rejection('next' in call ? call.next() : call);
      expect(body).not.toHaveBeenCalled();
      expect(granted).not.toHaveBeenCalled();
      expect(error).toBeInstanceOf(LockKeyError);
      return error as LockKeyError;
    };

    it.each(noKeys)(
      'returns %s: the method does not run, and the error names it',
      async (_what, value, said) => {
        for (const method of ['add', 'walk'] as const) {
          const error = await errorOf(() => value, method);
          expect(error).toMatchObject({ name: 'LockKeyError', code: 'LOCK_KEY', retryable: false });
          expect(error.message).toMatch(said);
          expect(error.message.startsWith(`Lodge.${method}: the key function `)).toBe(true);
        }
      },
    );

    it.each([
      ['an error', new TypeError("Cannot read properties of undefined (reading 'id')")],
      ['a text', 'no'],
    ])('throws %s: it is the cause', async (_what, thrown) => {
      const throwing = () => {
        throw thrown;
      };
      for (const method of ['add', 'walk'] as const) {
        const error = await errorOf(throwing, method);
        expect(error.message).toBe(`Lodge.${method}: the key function threw an error (see its cause)`);
        expect(error.cause).toBe(thrown);
      }
    });

    it('rejects because it is async: nothing else is left unhandled', async () => {
      const unhandled = jest.fn();
      process.on('unhandledRejection', unhandled);
      const error = await errorOf(() => Promise.reject(new Error('later')), 'add');
      await new Promise((resolve) => setImmediate(resolve));
      process.off('unhandledRejection', unhandled);
      expect(error.message).toMatch(/key functions can not be async/);
      expect(unhandled).not.toHaveBeenCalled();
    });

    it('is told of at the first step of an async generator, not when it is called', async () => {
      const Lodge = lodge({ key: () => undefined });
      const walk = new Lodge().walk();
      expect(await rejection(walk.next())).toBeInstanceOf(LockKeyError);
      expect(await walk.next()).toEqual({ done: true, value: undefined });
    });
  });

  describe('a fixed key that is none', () => {
    const fixed = noKeys.filter(
      ([, value]) => typeof value !== 'function' && value !== undefined && value !== revoked.proxy,
    );

    it.each(fixed)('%s: told when the class is made', (_what, value, said) => {
      const make = () => lodge({ key: value });
      expect(make).toThrow(LockKeyError);
      if (said.source.startsWith('returned')) {
        expect(make).toThrow(new RegExp(said.source.replace('returned', '^(Lodge\\.)?\\w+: the key is')));
      }
    });
  });
}
