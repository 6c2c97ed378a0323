/** What is taken for a locker, and where the one is that nobody has named. */
import { checkLocker, defaultLocker, setDefaultLocker } from '../src/default-locker.js';
import { LockerMissingError, type Locker } from '../src/index.js';

const withLock = (): void => undefined;
const acquire = (): void => undefined;
const locker = { withLock, acquire } as unknown as Locker;

afterEach(() => setDefaultLocker(undefined));

it('is known by what it can do', () => {
  expect(checkLocker('x', locker)).toBe(locker);
  const callable = Object.assign(() => undefined, { withLock, acquire });
  expect(checkLocker('x', callable)).toBe(callable);
});

it.each<[unknown, string]>([
  [undefined, 'undefined'],
  [null, 'null'],
  [7, '7'],
  [{}, 'an object'],
  [{ withLock }, 'an object'],
  [{ acquire }, 'an object'],
  [{ withLock, acquire: 'acquire' }, 'an object'],
  [{ withLock: 'withLock', acquire }, 'an object'],
])('%p is none', (value, shown) => {
  expect(() => checkLocker('Class.method: it', value)).toThrow(
    new TypeError(`Class.method: it must be a locker made by createLocker, not ${shown}`),
  );
});

it('is found where every copy of the package looks, until it is taken away', () => {
  const slot = (): unknown => Reflect.get(globalThis, Symbol.for('latchkey.defaultLocker'));
  expect(() => defaultLocker('Class.method')).toThrow(new LockerMissingError('Class.method'));
  setDefaultLocker(locker);
  expect([defaultLocker('Class.method'), slot()]).toEqual([locker, locker]);
  expect(() => setDefaultLocker({} as Locker)).toThrow(
    new TypeError('setDefaultLocker: the argument must be a locker made by createLocker, not an object'),
  );
  expect(defaultLocker('Class.method')).toBe(locker);
  setDefaultLocker(undefined);
  expect(() => defaultLocker('Class.method')).toThrow(LockerMissingError);
});
