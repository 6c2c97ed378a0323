import {
  createLocker,
  isLockError,
  type Lock,
  type Locker,
  type LockErrorCode,
  type LockEvents,
  type LossReason,
  LOCK_METADATA,
  memory,
  type ReleaseOutcome,
  setDefaultLocker,
} from 'latchkey';

import { assert, type Equal } from './assert.js';

export async function withLock(locker: Locker): Promise<void> {
  const ofAsyncBody = await locker.withLock('a', async () => 1);
  assert<Equal<typeof ofAsyncBody, number>>();

  const ofSyncBody = await locker.withLock('a', () => 'done');
  assert<Equal<typeof ofSyncBody, string>>();

  const ofNothing = locker.withLock('a', () => {});
  assert<Equal<typeof ofNothing, Promise<void>>>();
  await ofNothing;

  const ofTheLock = await locker.withLock(7n, (lock) => {
    assert<Equal<typeof lock, Lock>>();
    return lock.remaining;
  });
  assert<Equal<typeof ofTheLock, number>>();

  const ofEither = await locker.withLock('a', (lock) => (lock.held ? 1 : 'lost'), { timeout: 0 });
  assert<Equal<typeof ofEither, 1 | 'lost'>>();
}

export async function acquire(locker: Locker): Promise<void> {
  await using lock = await locker.acquire(7, { timeout: 10, ttl: 100, name: 'here', signal: undefined });
  assert<Equal<typeof lock, Lock>>();
  const outcome = await lock.release();
  assert<Equal<typeof outcome, ReleaseOutcome>>();
  assert<Equal<ReleaseOutcome, 'released' | 'lost' | 'unknown'>>();

  const perhaps = await locker.tryAcquire('a', { ttl: 100 });
  assert<Equal<typeof perhaps, Lock | null>>();
  // @ts-expect-error the lock may be somebody else's, and that has to be looked at first
  void perhaps.release();
  // @ts-expect-error tryAcquire does not wait
  await locker.tryAcquire('a', { timeout: 10 });
  // @ts-expect-error nothing can be locked by an object
  await locker.acquire({ key: 'a' });
  const several = await locker.acquire(['a', 7, 7n] as const);
  assert<Equal<typeof several, Lock>>();
  assert<Equal<typeof several.fencingTokens, ReadonlyMap<string, number>>>();
  const tried = await locker.tryAcquire(['a', 'b']);
  assert<Equal<typeof tried, Lock | null>>();
  const both = await locker.withLock(['a', 'b'], (lock) => lock.keys, { onBusy: 'skip' });
  assert<Equal<typeof both, readonly string[] | undefined>>();
  // @ts-expect-error one of the list is no key
  await locker.acquire(['a', undefined]);
  // @ts-expect-error no such option
  await locker.acquire('a', { timeOut: 10 });
  // @ts-expect-error a lock has no public token
  String(lock.token);
}

export function wrap(locker: Locker): void {
  const charge = async (account: string, amount: number): Promise<number> => account.length + amount;

  const ofSeveral = locker.wrap((account, amount) => [account, amount], charge);
  assert<Equal<typeof ofSeveral, typeof charge>>();
  locker.wrap(['a', 'b'], charge);
  // @ts-expect-error one of the list is no key
  locker.wrap((account) => [account, undefined], charge);

  const inferred = locker.wrap((account, amount) => {
    assert<Equal<typeof account, string>>();
    assert<Equal<typeof amount, number>>();
    return account;
  }, charge);
  assert<Equal<typeof inferred, typeof charge>>();

  const inline = locker.wrap(
    (account) => account,
    async (account: string) => account.length,
    { signal: (account) => AbortSignal.timeout(account.length), timeout: 10, ttl: 100, name: 'inline' },
  );
  assert<Equal<typeof inline, (account: string) => Promise<number>>>();

  const fixed = locker.wrap('all accounts', charge, { timeout: 0 });
  assert<Equal<typeof fixed, typeof charge>>();

  const withThis = locker.wrap(
    function () {
      assert<Equal<typeof this, { account: string }>>();
      return this.account;
    },
    async function (this: { account: string }, amount: number) {
      return amount;
    },
  );
  assert<Equal<typeof withThis, (this: { account: string }, amount: number) => Promise<number>>>();

  const generic = locker.wrap('all', async <T>(value: T) => value);
  assert<Equal<typeof generic, <T>(value: T) => Promise<T>>>();

  // @ts-expect-error the function has no second parameter of this type
  locker.wrap((_account: string, amount: string) => amount, charge);
  // @ts-expect-error no key
  locker.wrap(() => undefined, charge);
  // @ts-expect-error the function returns no promise
  locker.wrap('a', () => 1);
  // @ts-expect-error a generator can not wait
  locker.wrap('a', function* () {
    yield 1;
  });
  // @ts-expect-error which locker is said already
  locker.wrap('a', charge, { locker });
  // @ts-expect-error no signal
  locker.wrap('a', charge, { signal: (account) => account });
}

export function others(locker: Locker, error: unknown): void {
  setDefaultLocker(createLocker(memory(), { timeout: 1, ttl: 100, prefix: '', commandTimeout: 10 }));
  setDefaultLocker(undefined);
  // @ts-expect-error null is no locker
  setDefaultLocker(null);
  // @ts-expect-error a locker is made from an adapter
  createLocker({});
  // @ts-expect-error no such option
  createLocker(memory(), { retries: 3 });

  const stop = locker.on('released', (event) => {
    assert<Equal<typeof event, LockEvents['released']>>();
    assert<Equal<typeof event.outcome, ReleaseOutcome>>();
  });
  assert<Equal<typeof stop, () => void>>();
  locker.on('lost', ({ reason }) => assert<Equal<typeof reason, LossReason>>());
  // @ts-expect-error no such event
  locker.on('stolen', () => {});

  if (isLockError(error)) assert<Equal<typeof error.code, LockErrorCode>>();
  const byMetadataKey = { [LOCK_METADATA]: 1 };
  assert<Equal<keyof typeof byMetadataKey, typeof LOCK_METADATA>>();
}

// The code of an error tells its class, and with it what else it has.
{
  const error: unknown = undefined;
  if (isLockError(error) && error.code === 'LOCK_TIMEOUT') error.holder satisfies string | undefined;
  if (isLockError(error) && error.code === 'LOCK_BACKEND') error.ownership satisfies 'never-held' | 'unknown';
  // @ts-expect-error -- of the class, and not of every LockError
  if (isLockError(error)) error.holder satisfies string | undefined;
}
