import { inspect } from 'node:util';

import * as latchkey from '../src/index.js';
import {
  isLockError,
  LockBackendError,
  LockClosedError,
  type LockError,
  LockerMissingError,
  LockKeyError,
  LockLostError,
  LockQueueFullError,
  LockReentryError,
  LockTimeoutError,
} from '../src/index.js';

const samples: LockError[] = [
  new LockTimeoutError({ key: 'k', timeout: 5, waited: 6, holder: 'h/1 x', heldFor: 1_234 }),
  new LockLostError({ key: 'k', reason: 'taken', held: 7.6 }),
  new LockBackendError({
    key: 'k',
    reason: 'OOM',
    message: 'OOM no memory',
    retryable: true,
    waited: 1.5,
    unknownUntil: 7,
  }),
  new LockKeyError('f: the key function returned an empty string', { cause: new Error('why') }),
  new LockQueueFullError('k', 10),
  new LockReentryError({
    key: 'b',
    name: 'Order.pay',
    circle: [
      { holder: 'Order.pay', held: 'a', site: 'Stock.take', wanted: 'b' },
      { holder: 'Stock.move', held: 'b', site: 'Order.note', wanted: 'a' },
    ],
  }),
  new LockClosedError('k'),
  new LockerMissingError('Lodge.join'),
];

it('has one code for each class, and the class’s own name', () => {
  expect(samples.map(({ name, code }) => [name, code])).toEqual([
    ['LockTimeoutError', 'LOCK_TIMEOUT'],
    ['LockLostError', 'LOCK_LOST'],
    ['LockBackendError', 'LOCK_BACKEND'],
    ['LockKeyError', 'LOCK_KEY'],
    ['LockQueueFullError', 'LOCK_QUEUE_FULL'],
    ['LockReentryError', 'LOCK_REENTRY'],
    ['LockClosedError', 'LOCK_CLOSED'],
    ['LockerMissingError', 'LOCK_NO_LOCKER'],
  ]);
  const classes = Object.keys(latchkey).filter((name) => /^Lock.*Error$/.test(name));
  expect(classes.sort()).toEqual(['LockError', ...samples.map(({ name }) => name)].sort());
});

it('says in words what happened', () => {
  expect(samples.map(({ message }) => message)).toEqual([
    'lock "k" was not granted within its timeout of 5 ms (waited 6 ms); held for 1.2 s by "h/1 x"',
    'lock "k" is not held any more (8 ms after the grant): it was taken away in Redis',
    'lock "k" could not be taken (waited 2 ms): OOM no memory',
    'f: the key function returned an empty string',
    'lock "k" was not waited for: 10 callers (maxWaiters) wait already',
    'lock "b" was not waited for: deadlock: "Order.pay" holds "a" and waits for "b" in "Stock.take"; ' +
      '"Stock.move" holds "b" and waits for "a" in "Order.note"',
    'lock "k" was not taken: the locker is closed',
    expect.stringMatching(
      /^Lodge\.join: no locker is set\. Call setDefaultLocker\(createLocker\(nodeRedis\(client\)\)\)/,
    ),
  ]);
});

it('is known by its guard, also when it comes from another copy of the package', () => {
  for (const error of samples) expect(isLockError(error)).toBe(true);
  jest.isolateModules(() => {
    const copy = jest.requireActual<typeof latchkey>('../src/index.js');
    const theirs = new copy.LockClosedError('k');
    expect(theirs instanceof LockClosedError).toBe(false);
    expect(isLockError(theirs)).toBe(true);
  });
  for (const other of [new Error('no'), null, undefined, 'LOCK_TIMEOUT', { code: 'LOCK_TIMEOUT' }]) {
    expect(isLockError(other)).toBe(false);
  }
  const { proxy, revoke } = Proxy.revocable({}, {});
  revoke();
  expect(isLockError(proxy)).toBe(false);
});

it('shows its fields and not how it is recognised', () => {
  expect(Object.keys(samples[4]!)).toEqual(['key', 'name', 'code', 'retryable']);
  expect(inspect(samples[4])).not.toContain('latchkey.LockError');
});

it('keeps keys from breaking the line they are logged in', () => {
  const hostile = 'a"\\\r\n\u001b[31m\u202ecba\u2028\ud800';
  const { message } = new LockClosedError(hostile);
  expect(message).toBe(
    String.raw`lock "a\"\\\u{d}\u{a}\u{1b}[31m\u{202e}cba\u{2028}\u{d800}" was not taken: the locker is closed`,
  );
  expect(new LockClosedError('k'.repeat(300)).message).toContain(`"${'k'.repeat(200)}…"`);
  expect(new LockClosedError('k'.repeat(300)).key).toHaveLength(300);
});
