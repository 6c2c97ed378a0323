import { createLocker, memory } from '../../../src/index.js';
import type { Flavour, World } from './flavour.js';

const timeoutRule = 'timeout must be an integer number of milliseconds >= 0, or Infinity';
const ttlRule = 'ttl must be an integer number of milliseconds >= 100';

/** Values that are no duration, whatever the option, and how an error shows them. */
const noDurations: [shown: string, value: unknown, error: typeof TypeError | typeof RangeError][] = [
  ['NaN', NaN, RangeError],
  ['-Infinity', -Infinity, RangeError],
  ['-1', -1, RangeError],
  ['0.5', 0.5, RangeError],
  ['9007199254740992', 2 ** 53, RangeError],
  ['"5"', '5', TypeError],
  ['5n', 5n, TypeError],
  ['null', null, TypeError],
  ['an object', {}, TypeError],
  ['an object', new Date(), TypeError],
  ['an object', Object(5), TypeError],
  ['an array', [5], TypeError],
  ['true', true, TypeError],
];

/** What is said of bad options: when the class is made, and not when somebody calls. */
export function optionCases({ lodge }: Flavour, world: World): void {
  describe('F5 E1: bad options, told when the class is made', () => {
    it.each(noDurations)('timeout: %s', (shown, value, error) => {
      expect(() => lodge({ options: { timeout: value } })).toThrow(new error(`${timeoutRule}, not ${shown}`));
      if (typeof value === 'number') {
        expect(() => lodge({ options: value })).toThrow(new error(`${timeoutRule}, not ${shown}`));
      }
    });

    it.each([
      ...noDurations,
      ['Infinity', Infinity, RangeError] as const,
      ['0', 0, RangeError] as const,
      ['-0', -0, RangeError] as const,
      ['99', 99, RangeError] as const,
    ])('ttl: %s', (shown, value, error) => {
      expect(() => lodge({ options: { ttl: value } })).toThrow(new error(`${ttlRule}, not ${shown}`));
    });

    it.each([
      ['"5"', '5'],
      ['5n', 5n],
      ['null', null],
      ['true', true],
      ['a function', () => 5],
      ['a symbol', Symbol('5')],
    ])('second argument: %s', (shown, value) => {
      expect(() => lodge({ options: value })).toThrow(
        new TypeError(
          `WithLock: the second argument must be a timeout in ms or an options object, not ${shown}`,
        ),
      );
    });

    it.each([
      ['an empty list', []],
      ['a list', [5]],
    ])('second argument: %s', (_what, value) => {
      expect(() => lodge({ options: value })).toThrow(
        new TypeError('WithLock: options must be a plain object, not an array'),
      );
    });

    it.each(['timeOut', 'retries', 'constructor', 'toString', '__proto__'])('unknown option: %s', (name) => {
      expect(() => lodge({ options: JSON.parse(`{ "ttl": 500, "${name}": { "timeout": 0 } }`) })).toThrow(
        new TypeError(
          `WithLock: there is no option "${name}"; there are timeout, ttl, extend, maxHold, reentrant, onLost, onBusy, signal, name, locker`,
        ),
      );
    });

    it.each([
      ['""', ''],
      ['7', 7],
      ['null', null],
      ['"two\\nlines"', 'two\nlines'],
      [`"${'x'.repeat(50)}…"`, 'x'.repeat(101)],
    ])('name: %s', (shown, name) => {
      const rule = 'name must be a string of 1 to 100 characters without control characters';
      const error = typeof name === 'string' ? RangeError : TypeError;
      expect(() => lodge({ options: { name } })).toThrow(new error(`${rule}, not ${shown}`));
    });

    it.each([
      ['null', null],
      ['an object', {}],
      ['an object', memory()],
      ['"locker"', 'locker'],
    ])('locker: %s', (shown, locker) => {
      expect(() => lodge({ options: { locker } })).toThrow(
        new TypeError(`WithLock: locker must be a locker made by createLocker, not ${shown}`),
      );
    });
  });

  describe('F6: options that are left out', () => {
    const run = async (options: unknown): Promise<unknown> => {
      const body = () => Promise.resolve([world.locked(), world.adapter.keyspace.ttl('lock:a')]);
      return new (lodge({ options, body }))().add();
    };

    it.each([
      ['undefined', undefined],
      ['an empty object', {}],
      ['an object without a prototype', Object.create(null)],
      [
        'all undefined',
        { timeout: undefined, ttl: undefined, signal: undefined, name: undefined, locker: undefined },
      ],
    ])('are the locker’s: %s', async (_what, options) => {
      expect(await run(options)).toEqual([['a'], expect.any(Number)]);
    });

    it('are not silently lost in a prototype: such options are refused', () => {
      expect(() => lodge({ options: Object.create({ ttl: 200 }) })).toThrow(
        new TypeError('WithLock: options must be a plain object, not an object'),
      );
    });

    it.each([
      ['no options', undefined],
      ['a timeout', 1_000],
      ['some options', { name: 'here' }],
    ])('are not looked for in a poisoned Object.prototype: %s', async (_what, options) => {
      const poison = {
        timeout: 'x',
        ttl: 200,
        name: 7,
        signal: AbortSignal.abort(),
        locker: createLocker(memory()),
      };
      Object.assign(Object.prototype, poison);
      let result: unknown;
      try {
        result = await run(options);
      } finally {
        for (const name of Object.keys(poison)) Reflect.deleteProperty(Object.prototype, name);
      }
      const [locked, ttl] = result as [string[], number];
      expect(locked).toEqual(['a']);
      expect(ttl).toBeGreaterThan(200);
    });

    it('can not poison anything themselves', async () => {
      const options: unknown = JSON.parse('{ "__proto__": { "ttl": 200 }, "ttl": 500 }');
      expect(() => lodge({ options })).toThrow(TypeError);
      expect(({} as { ttl?: unknown }).ttl).toBeUndefined();
    });
  });
}
