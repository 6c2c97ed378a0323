/** What each error says and carries, field by field. */
import {
  LockBackendError,
  LockClosedError,
  LockerMissingError,
  LockError,
  LockKeyError,
  LockLostError,
  LockQueueFullError,
  LockReentryError,
  LockTimeoutError,
  type LossReason,
} from '../src/errors.js';

/** All that can be read of an error but its stack. */
function fields(error: Error): Record<string, unknown> {
  expect(error).toBeInstanceOf(LockError);
  return { message: error.message, ...(error as object) };
}

describe('a timeout', () => {
  const details = { key: 'k', timeout: 50, waited: 50.6, holder: 'h/1 x', heldFor: 1_260 };
  const waited = 'lock "k" was not granted within its timeout of 50 ms (waited 51 ms); held';

  it.each([
    [details, `${waited} for 1.3 s by "h/1 x"`],
    [{ ...details, heldFor: undefined }, `${waited} by "h/1 x"`],
    [{ ...details, heldFor: 0 }, `${waited} for 0.0 s by "h/1 x"`],
    [{ ...details, holder: 'a"b' }, String.raw`${waited} for 1.3 s by "a\"b"`],
    [
      { ...details, holder: undefined, heldFor: undefined },
      `${waited} by a value that latchkey did not write`,
    ],
    [{ ...details, timeout: 0 }, 'lock "k" is taken (timeout 0: tried once); held for 1.3 s by "h/1 x"'],
  ])('of %j says how long it waited, and for whom', (given, message) => {
    const { key, waited, holder, heldFor } = given;
    expect(fields(new LockTimeoutError(given))).toEqual({
      name: 'LockTimeoutError',
      code: 'LOCK_TIMEOUT',
      retryable: true,
      message,
      key,
      waited,
      holder,
      heldFor,
    });
  });
});

it.each<[LossReason, string]>([
  ['expired', 'its lease was over before it could be extended'],
  ['taken', 'it was taken away in Redis'],
  ['max-hold', 'it was held for as long as its maxHold allows'],
  ['closed', 'its locker was closed'],
  ['released', 'it was given back'],
  ['handed-over', 'it was handed over to whoever adopts it'],
  ['short', 'less is left of its lease than was asked for'],
])('a loss that is called %s says: %s', (reason, why) => {
  expect(fields(new LockLostError({ key: 'k', reason, held: 7.6 }))).toEqual({
    name: 'LockLostError',
    code: 'LOCK_LOST',
    retryable: false,
    message: `lock "k" is not held any more (8 ms after the grant): ${why}`,
    key: 'k',
    reason,
    held: 7.6,
  });
});

it.each([
  [undefined, 'never-held', true],
  [0, 'unknown', false],
  [7, 'unknown', true],
])('a failure of Redis with a lock that is unknown until %p', (unknownUntil, ownership, retryable) => {
  const details = { key: 'k', reason: 'OOM', message: 'OOM "no"', retryable, waited: 1.4, unknownUntil };
  expect(fields(new LockBackendError(details))).toEqual({
    name: 'LockBackendError',
    code: 'LOCK_BACKEND',
    retryable,
    message: 'lock "k" could not be taken (waited 1 ms): OOM "no"',
    key: 'k',
    reason: 'OOM',
    waited: 1.4,
    ownership,
    unknownUntil,
  });
});

it('a key that is none has its cause when there is one, and only then', () => {
  const told = { name: 'LockKeyError', code: 'LOCK_KEY', retryable: false, message: 'no key' };
  expect(fields(new LockKeyError('no key'))).toStrictEqual({ ...told, key: undefined });
  expect(fields(new LockKeyError('no key', { key: 'k' }))).toStrictEqual({ ...told, key: 'k' });
  for (const cause of [new Error('why'), undefined])
    expect(fields(new LockKeyError('no key', { cause }))).toStrictEqual({ ...told, key: undefined, cause });
});

it('a call of a lock’s own holder is told from a deadlock', () => {
  expect(fields(new LockReentryError({ key: 'k', name: 'a "b"', circle: [] }))).toEqual({
    name: 'LockReentryError',
    code: 'LOCK_REENTRY',
    retryable: false,
    message: String.raw`lock "k" was not waited for: "a \"b\"" is called by its holder`,
    key: 'k',
    reason: 'own-lock',
  });
  const circle = [{ holder: 'a"', held: 'b"', wanted: 'c"', site: 'd"' }];
  expect(fields(new LockReentryError({ key: 'k', name: 'n', circle }))).toEqual({
    name: 'LockReentryError',
    code: 'LOCK_REENTRY',
    retryable: true,
    message: String.raw`lock "k" was not waited for: deadlock: "a\"" holds "b\"" and waits for "c\"" in "d\""`,
    key: 'k',
    reason: 'deadlock',
  });
});

it('the others say what stands in the way', () => {
  expect(
    [new LockQueueFullError('k', 10), new LockClosedError('k'), new LockerMissingError('Lodge.join')].map(
      fields,
    ),
  ).toEqual([
    {
      name: 'LockQueueFullError',
      code: 'LOCK_QUEUE_FULL',
      retryable: true,
      message: 'lock "k" was not waited for: 10 callers (maxWaiters) wait already',
      key: 'k',
    },
    {
      name: 'LockClosedError',
      code: 'LOCK_CLOSED',
      retryable: false,
      message: 'lock "k" was not taken: the locker is closed',
      key: 'k',
    },
    {
      name: 'LockerMissingError',
      code: 'LOCK_NO_LOCKER',
      retryable: false,
      message:
        'Lodge.join: no locker is set. Call setDefaultLocker(createLocker(nodeRedis(client))) when the program starts, ' +
        'or give the decorator the option "locker"',
      key: undefined,
    },
  ]);
});

it('is recognised by a registered symbol that nobody sees', () => {
  const error = new LockClosedError('k');
  const brand = Symbol.for('latchkey.LockError');
  expect(Object.getOwnPropertyDescriptor(error, brand)).toMatchObject({ value: true, enumerable: false });
});
