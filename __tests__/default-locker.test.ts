import type * as Latchkey from '../src/index.js';
import {
  createLocker,
  isLockError,
  LockerMissingError,
  memory,
  setDefaultLocker,
  WithLock,
} from '../src/index.js';
import { rejection } from './support/deferred.js';

class Lodge {
  @WithLock('a')
  async add(): Promise<string> {
    return 'added';
  }
}

afterEach(() => setDefaultLocker(undefined));

it('is what decorated methods ask, until it is taken away', async () => {
  expect(await rejection(new Lodge().add())).toBeInstanceOf(LockerMissingError);
  setDefaultLocker(createLocker(memory()));
  expect(await new Lodge().add()).toBe('added');
  setDefaultLocker(undefined);
  expect(await rejection(new Lodge().add())).toBeInstanceOf(LockerMissingError);
});

it('is not what a call asks that has begun: that keeps the locker it began with', async () => {
  const store = memory();
  const locker = createLocker(store);
  setDefaultLocker(locker);
  const holder = await locker.acquire('a');
  const waiting = new Promise((resolve) => locker.on('waiting', resolve));
  const call = new Lodge().add();
  await waiting;
  setDefaultLocker(undefined);
  await holder.release();
  expect(await call).toBe('added');
});

it.each([
  ['null', null, 'null'],
  ['an adapter', memory(), 'an object'],
  ['a promise of a locker', Promise.resolve(createLocker(memory())), 'an object'],
  ['a function', () => createLocker(memory()), 'a function'],
  ['a text', 'locker', '"locker"'],
])('can not be %s, and stays what it was', async (_what, value, shown) => {
  setDefaultLocker(createLocker(memory()));
  expect(() => setDefaultLocker(value as never)).toThrow(
    new TypeError(`setDefaultLocker: the argument must be a locker made by createLocker, not ${shown}`),
  );
  expect(await new Lodge().add()).toBe('added');
});

it('is shared by two copies of the package in one process, whichever sets it', async () => {
  let other!: typeof Latchkey;
  await jest.isolateModulesAsync(async () => {
    other = await import('../src/index.js');
  });
  expect(other.setDefaultLocker).not.toBe(setDefaultLocker);
  const store = other.memory();
  other.setDefaultLocker(other.createLocker(store));
  expect(await new Lodge().add()).toBe('added');
  other.setDefaultLocker(undefined);
  const error = await rejection(new Lodge().add());
  expect(other.isLockError(error) && isLockError(error)).toBe(true);
});

describe('createLocker', () => {
  it.each([[undefined], [null], [{}], ['redis://'], [{ run: 'no function' }]])(
    'refuses %p as an adapter',
    (value) => {
      expect(() => createLocker(value as never)).toThrow(
        /^createLocker: the first argument must be an adapter, such as nodeRedis\(client\) or memory\(\), or a list of them, not /,
      );
    },
  );
});

describe('on', () => {
  const locker = createLocker(memory());

  it('refuses an event that there is not, and what is no listener', () => {
    expect(() => locker.on('grantd' as never, () => undefined)).toThrow(
      'on: there is no event "grantd"; there are waiting, granted, busy, refused, extended, lost, released, failure',
    );
    expect(() => locker.on('granted', undefined as never)).toThrow(
      'on: listener must be a function, not undefined',
    );
  });

  it('ignores what an async listener rejects with', async () => {
    const heard = jest.fn();
    const listener: () => unknown = async () => {
      heard();
      throw new Error('from a listener');
    };
    locker.on('granted', listener);
    await locker.withLock('a', () => undefined);
    expect(heard).toHaveBeenCalledTimes(1);
  });
});
