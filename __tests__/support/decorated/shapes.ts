import 'reflect-metadata';

import { LOCK_METADATA } from '../../../src/index.js';
import { rejection } from '../deferred.js';
import { type Flavour, NAMELESS, type World } from './flavour.js';

/** Where the decorator can stand, what it keeps of the method, and where it can not stand. */
export function shapeCases(
  { lodge, family, marked, twice, wrong, misuse, byHand }: Flavour,
  world: World,
): void {
  describe('F7: where a decorated method can be', () => {
    const names = (): string[] => {
      const seen: string[] = [];
      world.locker.on('granted', ({ name }) => seen.push(name));
      return seen;
    };

    it('on the instance, on the class and under a symbol, each called by its name in errors and events', async () => {
      const seen = names();
      const Lodge = lodge({ body: async () => world.locked() });
      expect(await new Lodge().add()).toEqual(['a']);
      expect(await Lodge.build()).toEqual(['a']);
      expect(await new Lodge()[NAMELESS]()).toEqual(['a']);
      expect(seen).toEqual(['Lodge.add', 'Lodge.build', 'Lodge.Symbol(nameless)']);
    });

    it('called what the option name says', async () => {
      const seen = names();
      await new (lodge({ options: { name: 'member registration' } }))().add();
      expect(seen).toEqual(['member registration']);
    });

    it('on a parent: an heir has it with its lock', async () => {
      const { Heir } = family(async () => world.locked());
      expect(await new Heir().save('7')).toEqual(['parent:7']);
    });

    it('on parent and child: super takes the parent’s lock inside the child’s', async () => {
      const { Child } = family(async () => world.locked());
      expect(await new Child().save('7')).toEqual(['child:7', 'parent:7']);
    });

    it('on one method twice: the outer lock is taken first', async () => {
      const seen: string[] = [];
      world.locker.on('granted', ({ key }) => seen.push(key));
      expect(await new (twice({ body: async () => world.locked() }))().add()).toEqual(['outer', 'inner']);
      expect(seen).toEqual(['outer', 'inner']);
    });
  });

  describe('what a decorated method keeps', () => {
    const OWN = Symbol('own');

    it('its name and length', () => {
      const { charge } = new (marked(() => undefined))();
      expect([charge.name, charge.length]).toEqual(['charge', 2]);
      const Lodge = lodge({});
      expect([Lodge.build.name, new Lodge()[NAMELESS].name]).toEqual(['build', '[nameless]']);
    });

    it('its place: what a class shows of its methods', () => {
      const { prototype } = lodge({}) as unknown as { prototype: object };
      expect(Object.getOwnPropertyDescriptor(prototype, 'add')).toEqual({
        value: expect.any(Function),
        writable: true,
        enumerable: false,
        configurable: true,
      });
      expect(Object.keys(prototype)).toEqual([]);
    });

    it('what kind of function it is', () => {
      const kind = (method: unknown): string => Object.prototype.toString.call(method);
      const instance = new (lodge({}))();
      expect([kind(instance.add), kind(instance.walk)]).toEqual([
        '[object AsyncFunction]',
        '[object AsyncGeneratorFunction]',
      ]);
    });

    it('what other decorators wrote on it: properties, symbols and Reflect metadata', async () => {
      const roles = ['treasurer'];
      const Bank = marked((method) => {
        Object.assign(method, { route: '/charge', [OWN]: 'symbol' });
        Object.defineProperty(method, 'hidden', { value: 1 });
        Reflect.defineMetadata('roles', roles, method);
        Reflect.defineMetadata(OWN, 'metadata', method);
      });
      const { charge } = new Bank();
      expect(Object.assign({}, charge)).toEqual({ route: '/charge', [OWN]: 'symbol' });
      expect(Object.getOwnPropertyDescriptor(charge, 'hidden')).toEqual({
        value: 1,
        writable: false,
        enumerable: false,
        configurable: false,
      });
      expect(Reflect.getMetadata('roles', charge)).toBe(roles);
      expect(Reflect.getMetadata(OWN, charge)).toBe('metadata');
      expect(await new Bank().charge('a', 1)).toEqual(['a', 1]);
    });

    it('nothing on the bare method of its own options', () => {
      let bare: object = {};
      const { charge } = new (marked((method) => (bare = method)))();
      expect(charge).not.toBe(bare);
      expect(Reflect.hasMetadata(LOCK_METADATA, bare)).toBe(false);
    });
  });

  describe('the options in the metadata', () => {
    const of = (method: object): unknown => Reflect.getMetadata(LOCK_METADATA, method);

    it('are what the decorator was given, without what was left out', () => {
      const key = (account: string) => account;
      const locker = () => world.locker;
      const options = { timeout: 5, ttl: 500, name: 'here', locker };
      expect(of(new (lodge({ key, options }))().add)).toEqual({ key, ...options });
      expect(of(lodge({ key: 7, options: 5 }).build)).toEqual({ key: 7, timeout: 5 });
      expect(of(new (lodge({ key, options: { ttl: undefined } }))().walk)).toEqual({ key });
      expect(of(new (lodge({ key }))()[NAMELESS])).toEqual({ key });
    });

    it('can not be changed, nor by changing the options object afterwards', async () => {
      const options = { timeout: 5, ttl: 500 };
      const Lodge = lodge({ options, body: async () => world.adapter.keyspace.ttl('lock:a') });
      const metadata = of(new Lodge().add);
      expect(Object.isFrozen(metadata)).toBe(true);
      options.ttl = 5_000;
      expect(metadata).toEqual({ key: 'a', timeout: 5, ttl: 500 });
      expect(await new Lodge().add()).toBeLessThanOrEqual(500);
    });

    it('are those of the outer decorator, where there are two', () => {
      expect(of(new (twice({}))().add)).toEqual({ key: 'outer' });
    });
  });

  describe('F7: what can not be held under a lock', () => {
    it.each(misuse)('%s: told when the class is made', (what, make) => {
      expect(make).toThrow(TypeError);
      expect(make).toThrow(
        what === 'a sync generator'
          ? /^(?:Odd\.)?odd is a generator; only async functions and async generators can wait$/
          : `@WithLock can only decorate async methods and async generator methods, not ${what}`,
      );
    });

    it.each([
      ['undefined', undefined],
      ['a number', 5],
      ['an object', {}],
      ['null', null],
    ])('%s in place of a method: told at once', (_what, value) => {
      expect(() => byHand(value)).toThrow(TypeError);
    });

    it.each([
      ['undefined', undefined, 'undefined'],
      ['a number', 7, '7'],
      ['a list', [], 'an array'],
      ['a function', () => Promise.resolve(), 'a function'],
    ])('a method that returns %s and no promise: told at the call', async (_what, sync, shown) => {
      const Wrong = wrong({ sync, iterable: new (lodge({}))().walk() });
      const error = await rejection(new Wrong().sync() as Promise<unknown>);
      expect(error).toEqual(
        new TypeError(
          `Wrong.sync returned ${shown}, not a promise: only async methods can be held under a lock`,
        ),
      );
    });

    it('A8: a method that returns a thenable can be', async () => {
      const thenable = { then: (resolve: (value: string) => void) => resolve('done') };
      const Wrong = wrong({ sync: thenable, iterable: new (lodge({}))().walk() });
      expect(await new Wrong().sync()).toBe('done');
    });

    it('a method that returns an async iterable without being an async generator: told at the call', async () => {
      const Wrong = wrong({ sync: undefined, iterable: iterableByHand() });
      const error = await rejection(new Wrong().iterable() as Promise<unknown>);
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toMatch(
        /^Wrong\.iterable returned an async iterable but is not an async generator function \(async \*\)/,
      );
    });
  });
}

function iterableByHand(): AsyncIterable<unknown> {
  return {
    [Symbol.asyncIterator]: () => ({ next: () => Promise.resolve({ done: true, value: undefined }) }),
  };
}
