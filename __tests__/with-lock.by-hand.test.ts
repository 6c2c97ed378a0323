/** The decorator as compilers call it, and as nobody should. */
import 'reflect-metadata';

import { LOCK_METADATA, type Locker } from '../src/index.js';
import { WithLock } from '../src/with-lock.js';
import { standIn } from './support/locker-stand-in.js';
import { unhandledIn } from './support/unhandled.js';

type Method = (this: unknown, ...args: unknown[]) => Promise<unknown>;
type Decorate = (target: unknown, context?: unknown, descriptor?: unknown) => unknown;

const decorator = (options?: unknown, key: unknown = 'k'): Decorate =>
  WithLock(key as string, options as number) as Decorate;
const done = async (): Promise<string> => 'done';

/** A method with its lock, as standard decorators make it, and what its locker is asked for. */
function standard(name: string | symbol = 'run', options: object = {}) {
  const { asked, locker } = standIn();
  const method = decorator({ locker, ...options })(done, { kind: 'method', name }) as Method;
  return { method, names: () => asked.map((call) => call.options['name']) };
}

/** The same, as legacy decorators do it: `name` of a class or a prototype. */
function legacy(target: unknown, name: string | symbol = 'run') {
  const { asked, locker } = standIn();
  const descriptor = { value: done, writable: true, enumerable: false, configurable: true };
  const made = decorator({ locker })(target, name, descriptor) as PropertyDescriptor;
  return {
    descriptor,
    made,
    method: made.value as Method,
    names: () => asked.map((call) => call.options['name']),
  };
}

class Lodge {}
/** A class without a name. */
const Nameless = (() => class {})();

describe('a call is known by', () => {
  it('the class of its instance, or the class that it is, where there is one that has a name', async () => {
    const { method, names } = standard();
    const instances = [
      new Lodge(),
      Lodge,
      new Nameless(),
      Nameless,
      undefined,
      null,
      Object.create(null),
      'text',
    ];
    for (const instance of instances) await method.call(instance);
    await method.call({ constructor: 'Smith' });
    await method.call(Object.assign(() => undefined, { constructor: Lodge }));
    expect(names()).toEqual(['Lodge.run', 'Lodge.run', ...Array(5).fill('run'), 'String.run', 'run', 'run']);
  });

  it('the class that declares it, where a legacy decorator has said which', async () => {
    for (const [target, name] of [
      [Lodge.prototype, 'Lodge.run'],
      [Lodge, 'Lodge.run'],
      [Nameless.prototype, 'run'],
      [Object.create(null), 'run'],
    ]) {
      const { method, names } = legacy(target);
      await method.call(new Nameless());
      expect(names()).toEqual([name]);
    }
  });

  it('its symbol, and by something when there is no name at all', async () => {
    const symbol = Symbol('nameless');
    for (const [name, shown] of [
      [symbol, 'Symbol(nameless)'],
      ['', 'anonymous function'],
    ] as const) {
      for (const { method, names } of [standard(name), legacy(Nameless.prototype, name)]) {
        await method.call(undefined);
        expect(names()).toEqual([shown]);
      }
    }
  });
});

it('a legacy decorator keeps all else of the property, and does not touch what it was given', () => {
  const { descriptor, made, method } = legacy(Lodge.prototype);
  expect(made).toEqual({ value: method, writable: true, enumerable: false, configurable: true });
  expect(method).not.toBe(done);
  expect(descriptor.value).toBe(done);
});

describe('the options in the metadata', () => {
  const of = (options: unknown): unknown => {
    const method = decorator(options, 7)(done, { kind: 'method', name: 'run' }) as object;
    return Reflect.getOwnMetadata(LOCK_METADATA, method);
  };

  it('have a property for each that was given, and no other', () => {
    const { locker } = standIn();
    expect(of(undefined)).toStrictEqual({ key: 7 });
    expect(of({ locker: undefined, ttl: undefined })).toStrictEqual({ key: 7 });
    expect(of(5)).toStrictEqual({ key: 7, timeout: 5 });
    expect(of({ ttl: 500, locker: (): Locker => locker })).toStrictEqual({
      key: 7,
      ttl: 500,
      locker: expect.any(Function) as unknown,
    });
  });
});

describe('what can not be decorated is told', () => {
  const rule = '@WithLock can only decorate async methods and async generator methods, not';

  it.each<[string, unknown[]]>([
    ['a class', [Lodge, { kind: 'class', name: 'Lodge' }]],
    ['a class', [Lodge, { kind: 'class', name: undefined }]],
    ['a class', [Lodge]],
    ['the field odd', [undefined, { kind: 'field', name: 'odd' }]],
    ['the field Symbol(odd)', [undefined, { kind: 'field', name: Symbol('odd') }]],
    ['the accessor odd', [{}, { kind: 'accessor', name: 'odd' }]],
    ['the getter odd', [done, { kind: 'getter', name: 'odd' }]],
    ['the field odd', [Lodge.prototype, 'odd']],
    ['the field odd', [Lodge.prototype, 'odd', undefined]],
    ['the field odd', [Lodge.prototype, 'odd', { value: 7 }]],
    ['the field Symbol(odd)', [Lodge.prototype, Symbol('odd')]],
    ['the accessor odd', [Lodge.prototype, 'odd', { get: done, set: undefined }]],
    ['the accessor odd', [Lodge.prototype, 'odd', { get: undefined, set: done }]],
    ['a parameter of run', [Lodge.prototype, 'run', 0]],
    ['a parameter of the constructor', [Lodge, undefined, 1]],
    ['the field null', [Lodge.prototype, null]],
    ['the field [object Object]', [Lodge.prototype, {}]],
  ])('%s', (what, [target, context, descriptor]) => {
    expect(() => decorator()(target, context, descriptor)).toThrow(new TypeError(`${rule} ${what}`));
  });

  it('and that a locker can not be found later: that the function rejects ends nobody', async () => {
    const locker = async (): Promise<never> => Promise.reject(new Error('later'));
    const method = decorator({ locker })(done, { kind: 'method', name: 'odd' }) as Method;
    const rule = 'must be a locker made by createLocker, not an object';
    const unhandled = await unhandledIn(() =>
      expect(method.call(undefined)).rejects.toThrow(
        new TypeError(`odd: what the option locker returns ${rule}`),
      ),
    );
    expect(unhandled).toEqual([]);
  });

  it('and of a method what it is instead of a function', () => {
    expect(() => decorator()(7, { kind: 'method', name: 'odd' })).toThrow(
      new TypeError('WithLock: fn must be a function, not 7'),
    );
  });

  it('and that an async generator has no substitute', () => {
    const pages = async function* (): AsyncGenerator<void> {};
    expect(() => decorator({ onBusy: () => 1 })(pages, { kind: 'method', name: 'odd' })).toThrow(
      new TypeError(
        'WithLock: onBusy of an async generator must be "wait", "throw" or "skip", not a function',
      ),
    );
  });

  it.each<[unknown, string]>([
    [null, 'WithLock: the second argument must be a timeout in ms or an options object, not null'],
    ['5', 'WithLock: the second argument must be a timeout in ms or an options object, not "5"'],
    [[], 'WithLock: options must be a plain object, not an array'],
    [{ locker: {} }, 'WithLock: locker must be a locker made by createLocker, not an object'],
  ])('and of options like %j', (options, message) => {
    expect(() => decorator(options)(done, { kind: 'method', name: 'run' })).toThrow(new TypeError(message));
  });
});
