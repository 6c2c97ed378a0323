import 'reflect-metadata';

import {
  createLocker,
  type Locker,
  LockKeyError,
  LOCK_METADATA,
  memory,
  setDefaultLocker,
} from '../src/index.js';
import { deferred, rejection } from './support/deferred.js';
import { keysIn } from './support/keys-left.js';

let store = memory();
let locker: Locker;
const locked = (): string[] => keysIn(store);
/** `wrap` as plain JavaScript has it. */
const wrap = (...args: unknown[]): ((...args: unknown[]) => Promise<unknown>) =>
  locker.wrap(...(args as Parameters<Locker['wrap']>)) as ReturnType<typeof wrap>;

beforeEach(() => {
  store = memory();
  locker = createLocker(store);
});
afterEach(() => expect(locked()).toEqual([]));

describe('a wrapped function', () => {
  it('runs once at a time for each key', async () => {
    const log: string[] = [];
    const started = deferred();
    const finish = deferred();
    const run = locker.wrap(
      (key) => key,
      async (key: string, call: string) => {
        log.push(`${call} starts`);
        started.resolve();
        if (key === 'a') await finish.promise;
        log.push(`${call} ends`);
      },
    );
    const waiting = new Promise((resolve) => locker.on('waiting', resolve));
    const calls = [run('a', 'one'), run('a', 'two')];
    await Promise.all([started.promise, waiting]);
    await run('b', 'other');
    expect(log).toEqual(['one starts', 'other starts', 'other ends']);
    finish.resolve();
    await Promise.all(calls);
    expect(log.slice(3)).toEqual(['one ends', 'two starts', 'two ends']);
  });

  it('gets arguments and this, as the key function does, and gives its result or its very error', async () => {
    const account = {
      id: 'a',
      charge: locker.wrap(
        function (amount, fails) {
          return `${this.id}:${amount}:${fails}`;
        },
        async function (this: { id: string }, amount: number, fails: boolean) {
          if (fails) throw error;
          return [this.id, amount, locked()];
        },
      ),
    };
    const error = new Error('of the function');
    expect(await account.charge(5, false)).toEqual(['a', 5, ['lock:a:5:false']]);
    expect(await rejection(account.charge(5, true))).toBe(error);
  });

  it('asks its key function once for each call, and at once: the caller may change its arguments later', async () => {
    const keyOf = jest.fn((order: { id: string }) => order.id);
    const held = locker.wrap(keyOf, async (order: { id: string }) => [order.id, locked()]);
    const walked = locker.wrap(keyOf, async function* (order: { id: string }) {
      yield [order.id, locked()];
    });
    const order = { id: 'a' };
    const [call, walk] = [held(order), walked(order)];
    order.id = 'b';
    expect(await call).toEqual(['b', ['lock:a']]);
    for await (const seen of walk) expect(seen).toEqual(['b', ['lock:a']]);
    expect(keyOf).toHaveBeenCalledTimes(2);
  });

  it('asks its own locker, whatever the default one is', async () => {
    const other = memory();
    setDefaultLocker(createLocker(other));
    const run = locker.wrap('a', async () => [locked(), keysIn(other)]);
    expect(await run()).toEqual([['lock:a'], []]);
    setDefaultLocker(undefined);
    expect(await run()).toEqual([['lock:a'], []]);
  });

  it('is called by its own name, or by the option, or anonymous', async () => {
    const names: string[] = [];
    locker.on('granted', ({ name }) => names.push(name));
    const charge = async (): Promise<void> => {};
    await locker.wrap('a', charge)();
    await locker.wrap('a', charge, { name: 'payments' })();
    await locker.wrap('a', async () => {})();
    await locker.wrap(
      'a',
      Object.defineProperty(async () => {}, 'name', { value: 'x\n'.repeat(100) }),
    )();
    expect(names).toEqual(['charge', 'payments', 'anonymous function', 'x?'.repeat(50)]);
  });

  it('keeps name, length, properties and metadata, and has no options of a decorator', () => {
    const bare = async (_account: string, _amount: number): Promise<void> => {};
    const charge = Object.assign(bare, { route: '/charge' });
    Reflect.defineMetadata('roles', 'treasurer', charge);
    const wrapped = locker.wrap('a', charge);
    expect([wrapped.name, wrapped.length, wrapped.route]).toEqual(['bare', 2, '/charge']);
    expect(Reflect.getMetadata('roles', wrapped)).toBe('treasurer');
    expect(Reflect.hasMetadata(LOCK_METADATA, wrapped)).toBe(false);
  });

  it('waits as long as the options say, and not longer than its signal', async () => {
    const reason = new Error('gone');
    const body = jest.fn(async (_signal?: AbortSignal) => undefined);
    const options = { timeout: 0, ttl: 500, signal: (signal?: AbortSignal) => signal };
    const run = locker.wrap('a', body, options);
    expect(await rejection(run(AbortSignal.abort(reason)))).toBe(reason);
    await using _holder = await locker.acquire('a');
    expect(await rejection(run())).toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(body).not.toHaveBeenCalled();
  });

  it('may be an async generator function, which holds the lock to its end', async () => {
    const pages = locker.wrap(
      (account) => account,
      async function* (account: string): AsyncGenerator<unknown, string, string> {
        const sent = yield [account, locked()];
        return sent;
      },
    );
    const walk = pages('a');
    expect(locked()).toEqual([]);
    expect((await walk.next('')).value).toEqual(['a', ['lock:a']]);
    expect(locked()).toEqual(['lock:a']);
    expect(await walk.next('sent')).toEqual({ done: true, value: 'sent' });
  });

  it('may be wrapped again, by another locker, also an async generator function', async () => {
    const outer = createLocker(memory());
    const keys: string[] = [];
    for (const one of [outer, locker]) one.on('granted', ({ key }) => keys.push(key));
    expect(
      await outer.wrap(
        'outer',
        locker.wrap('inner', async () => 'done'),
      )(),
    ).toBe('done');
    const pages = outer.wrap(
      'outer',
      locker.wrap('inner', async function* () {
        yield 'page';
      }),
    );
    for await (const page of pages()) expect(page).toBe('page');
    expect(keys).toEqual(['outer', 'inner', 'outer', 'inner']);
  });

  it('may be a bound function, a mock or a proxy of a function', async () => {
    const service = {
      id: 7,
      run: async function () {
        return this.id;
      },
    };
    expect(await locker.wrap('a', service.run.bind(service))()).toBe(7);
    expect(
      await locker.wrap(
        'a',
        jest.fn(async () => 8),
      )(),
    ).toBe(8);
    expect(await locker.wrap('a', new Proxy(async () => 9, {}))()).toBe(9);
  });
});

describe('what can not be wrapped is told at once', () => {
  it.each([
    ['undefined', undefined, 'undefined'],
    ['null', null, 'null'],
    ['an object', {}, 'an object'],
    ['a promise', Promise.resolve(), 'an object'],
  ])('%s', (_what, fn, shown) => {
    expect(() => wrap('a', fn)).toThrow(new TypeError(`wrap: fn must be a function, not ${shown}`));
  });

  it('a generator function', () => {
    expect(() => wrap('a', function* pages() {})).toThrow(
      new TypeError('pages is a generator; only async functions and async generators can wait'),
    );
  });

  it.each([
    ['undefined', undefined, /^run: the key is undefined;/],
    ['empty', '', /^run: the key is an empty string;/],
    ['an empty list', [], /^run: the key is an empty list;/],
    ['a list of lists', [['a']], /^run: the key is a list, of which \[0\] is an array;/],
  ])('a key that is %s', (_what, key, said) => {
    const make = () => wrap(key, async function run() {});
    expect(make).toThrow(LockKeyError);
    expect(make).toThrow(said);
  });

  it.each([
    ['no object', null, 'wrap: options must be a plain object, not null'],
    ['a timeout', 5, 'wrap: options must be a plain object, not 5'],
    [
      'unknown',
      { locker: 1 },
      'wrap: there is no option "locker"; there are timeout, ttl, extend, maxHold, reentrant, onLost, onBusy, signal, name',
    ],
    ['no signal', { signal: 5 }, 'signal must be an AbortSignal, not 5'],
  ])('options that are %s', (_what, options, told) => {
    expect(() => wrap('a', async () => {}, options)).toThrow(new TypeError(told));
  });

  it.each([
    ['timeout', -1],
    ['ttl', 99],
    ['name', ''],
  ])('a bad %s', (name, value) => {
    expect(() => wrap('a', async () => {}, { [name]: value })).toThrow(RangeError);
  });
});

it('rejects at the call when the function returns no promise', async () => {
  expect(await rejection(wrap('a', function charge() {})())).toEqual(
    new TypeError('charge returned undefined, not a promise: only async methods can be held under a lock'),
  );
});

it('takes no option from a poisoned Object.prototype', async () => {
  Object.assign(Object.prototype, { timeout: 'x', ttl: 'x', name: 7, signal: 7 });
  try {
    expect(await wrap('a', async () => 'done')()).toBe('done');
    expect(await wrap('a', async () => 'done', {})()).toBe('done');
  } finally {
    for (const name of ['timeout', 'ttl', 'name', 'signal']) Reflect.deleteProperty(Object.prototype, name);
  }
});
