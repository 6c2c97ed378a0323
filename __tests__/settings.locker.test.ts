/** The options of a locker, and of its end. */
import type { LockOptions } from '../src/options.js';
import { readCloseOptions, readLockerOptions, readLockOptions } from '../src/settings.js';

const read = (options: LockOptions, settings: ReturnType<typeof readLockerOptions>) =>
  readLockOptions('acquire', options, settings);

describe('what holds for a locker', () => {
  const all = {
    timeout: 7,
    ttl: 500,
    extend: false,
    maxHold: 900,
    reentrant: false,
    prefix: 'p:',
    commandTimeout: 10,
    minValidity: 1,
    maxWaiters: 3,
    waitReplicas: 2,
    maxTtl: 600,
  };

  it('is what it was given', () => {
    expect(readLockerOptions(all, true)).toEqual(all);
    expect(readLockerOptions({}, true)).toMatchObject({ maxTtl: 20_000 });
    expect(read({}, readLockerOptions(all, true))).toMatchObject({ reentrant: false, extend: false });
    expect(read({ reentrant: true }, readLockerOptions(all, true))).toMatchObject({ reentrant: true });
  });

  it('limits the ttl of each call', () => {
    const settings = readLockerOptions(all, true);
    expect(read({ ttl: 600 }, settings).ttl).toBe(600);
    expect(() => read({ ttl: 601 }, settings)).toThrow(
      new RangeError("ttl must be at most the locker's maxTtl of 600 ms, not 601"),
    );
  });

  it.each<[object, string]>([
    [{ waitReplicas: 0 }, 'waitReplicas must be an integer >= 1, not 0'],
    [{ maxWaiters: 0 }, 'maxWaiters must be an integer >= 1, not 0'],
    [{ commandTimeout: 9 }, 'commandTimeout must be an integer number of milliseconds >= 10, not 9'],
    [{ minValidity: 0 }, 'minValidity must be an integer number of milliseconds >= 1, not 0'],
    [{ maxTtl: 499 }, 'maxTtl must be 0, or at least the ttl of 500 ms, not 499'],
    [{ reentrant: 'no' }, 'reentrant must be true or false, not "no"'],
    [{ grace: 5 }, `createLocker: there is no option "grace"; there are ${Object.keys(all).join(', ')}`],
  ])('can not be %j', (options, message) => {
    expect(() => readLockerOptions({ ttl: 500, ...options }, true)).toThrow(message);
  });

  it('is closed with a grace and nothing else', () => {
    expect([0, 7].map((grace) => readCloseOptions({ grace }))).toEqual([0, 7]);
    expect(() => readCloseOptions({ grace: -1 })).toThrow(
      new RangeError('grace must be an integer number of milliseconds >= 0, not -1'),
    );
    expect(() => readCloseOptions({ timeout: 5 } as object)).toThrow(
      new TypeError('close: there is no option "timeout"; there are grace'),
    );
  });
});
