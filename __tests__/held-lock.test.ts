import { type Lock, LockTimeoutError } from '../src/index.js';
import { rejection } from './support/deferred.js';
import { settle } from './support/virtual-environment.js';
import { holdBack, virtualLocker } from './support/virtual-locker.js';

it.each([true, false])(
  'a lock is lost a second after the machine has slept for too long, and not with the next timer; extend: %s',
  async (extend) => {
    const { environment, locker, told } = virtualLocker({ extend });
    const lock = await locker.acquire('k');
    const { signal } = lock;
    // A machine that sleeps stops the monotonic clock, on which timers count, and not the wall clock.
    environment.wall += 60_000;
    await environment.pass(1_000);
    expect(signal.aborted).toBe(true);
    expect(told).toEqual(['lost: expired']);
    // There is nothing to watch any more.
    await lock.release();
    await environment.pass(1_000);
    expect(environment.pending).toEqual([]);
  },
);

it('keeps one timer for all locks that are held, and none that keeps the process alive', async () => {
  const { environment, locker } = virtualLocker({ extend: false, maxHold: Infinity });
  const locks = [];
  for (let i = 0; i < 10; i++) locks.push(await locker.acquire(i));
  // One for the end of each lease, and one besides.
  expect(environment.pending).toHaveLength(11);
  expect(environment.pendingInForeground).toBe(0);
  await Promise.all(locks.map((lock) => lock.release()));
  await environment.pass(1_000);
  expect(environment.pending).toEqual([]);
});

it('a lock that is lost is given back once, whoever does so: a listener of its signal and its holder', async () => {
  const { environment, locker, told } = virtualLocker({ extend: false });
  const lock = await locker.acquire('k');
  const next = locker.acquire('k');
  lock.signal.addEventListener('abort', () => void lock.release());
  environment.stall(6_000);
  expect(await lock.release()).toBe('lost');
  expect(told).toEqual(['lost: expired', 'released: lost']);
  expect(await (await next).release()).toBe('released');
});

it('has one holder when a listener gives the lock back while it is being given back', async () => {
  const { environment, locker } = virtualLocker();
  const first = await locker.acquire('k');
  locker.on('refused', () => void first.release());
  const impatient = rejection(locker.acquire('k', { timeout: 50 }));
  const holders: Lock[] = [];
  const rest = [locker.acquire('k'), locker.acquire('k')].map((grant) =>
    grant.then((lock) => holders.push(lock)),
  );
  await settle();
  // Its timeout is over, and its timer has not said so: that comes out when the lock is given back.
  environment.stall(60);
  await first.release();
  await settle();
  expect(await impatient).toMatchObject({ code: 'LOCK_TIMEOUT' });
  expect(holders.map(({ held }) => held)).toEqual([true]);
  await holders[0]!.release();
  await Promise.all(rest);
  expect(holders.map(({ held }) => held)).toEqual([false, true]);
  await holders[1]!.release();
});

it.each<[string, (lock: Lock) => unknown]>([
  ['releases it', (lock) => lock.release()],
  ['disposes of it', (lock) => lock[Symbol.asyncDispose]()],
  ['starts to release it', (lock) => void lock.release()],
])('a body that has lost the lock and %s has lost it all the same', async (_, giveBack) => {
  const { environment, locker, told } = virtualLocker();
  const call = locker.withLock('k', async (lock) => {
    environment.stall(7_000);
    await giveBack(lock);
    return 'plain success';
  });
  expect(await rejection(call)).toMatchObject({ code: 'LOCK_LOST', reason: 'expired' });
  expect(told).toEqual(['lost: expired', 'released: lost']);
});

it('a lock whose lease ends on the way to its holder is lost, and the holder is told', async () => {
  // The key is gone, and the answer to an extension says so while the lock is handed on: in whatever moment of that.
  for (let moment = 0; moment < 12; moment++) {
    const { environment, adapter, locker, told } = virtualLocker({ ttl: 600 });
    const extension = holdBack(adapter, 'mutex-extend');
    const first = await locker.acquire('k');
    const body = async (lock: Lock): Promise<string> => {
      const { signal } = lock;
      await settle();
      return signal.aborted ? 'told' : 'not told';
    };
    const bodies: string[] = [];
    const second = locker.withLock('k', async (lock) => bodies.push(await body(lock)));
    await environment.pass(200);
    adapter.keyspace.delete('lock:k');
    extension();
    for (let turn = 0; turn < moment; turn++) await Promise.resolve();
    void first.release();
    const result = await second.then(
      () => 'success',
      (error: unknown) => (error as { code: string }).code,
    );
    // It either got a lock of its own, or knows that it has none: before the body, or by the end of it.
    expect({ moment, bodies, result }).toEqual(
      result === 'success'
        ? { moment, bodies: ['not told'], result }
        : { moment, bodies: ['told'], result: 'LOCK_LOST' },
    );
    if (result === 'success') expect(told).toContain('lost: taken');
    await locker.close({ grace: 0 });
  }
});

it('a longer extension is no reason to hear later that somebody has taken the lock away', async () => {
  const { environment, adapter, locker, told } = virtualLocker({ ttl: 600 });
  const lock = await locker.acquire('k');
  const { signal } = lock;
  expect(await lock.extend(6_000)).toBe('extended');
  adapter.keyspace.delete('lock:k');
  await environment.pass(200);
  expect(signal.reason).toMatchObject({ reason: 'taken' });
  expect(told).toEqual(['lost: taken']);
});

it('a longer extension is for the one who asked for it: the next one has a lease of its own', async () => {
  const { adapter, locker } = virtualLocker({ ttl: 600 });
  const lock = await locker.acquire('k');
  const next = locker.acquire('k');
  await lock.extend(60_000);
  await lock.release();
  await using _next = await next;
  expect(adapter.keyspace.ttl('lock:k')).toBeLessThanOrEqual(600);
});

it('a body does not start with less of its lease than minValidity, whatever kept the program busy since the grant', async () => {
  const { environment, locker } = virtualLocker({ ttl: 1_000 });
  const started: number[] = [];
  const calls = Array.from({ length: 8 }, (_, i) =>
    locker.withLock(
      i,
      (lock) => {
        started.push(lock.remaining);
        environment.stall(300);
      },
      { onLost: 'abort' },
    ),
  );
  for (let i = 0; i < 20; i++) await environment.pass(1);
  await Promise.all(calls);
  expect(started).toHaveLength(8);
  expect(Math.min(...started)).toBeGreaterThanOrEqual(500);
});

it('a call that tries once and is kept from starting for too long says why', async () => {
  const { environment, adapter, locker } = virtualLocker({ ttl: 1_000 });
  const first = locker.withLock('a', () => environment.stall(478.25), { onLost: 'abort' });
  const second = rejection(locker.withLock('b', () => 'never', { timeout: 0 }));
  await first;
  expect(await second).toMatchObject({
    code: 'LOCK_BACKEND',
    reason: 'TOO_SLOW',
    message: expect.stringContaining(
      'until 499 ms of the lease were left, less than the minValidity of 500 ms',
    ),
    retryable: true,
    ownership: 'never-held',
  });
  expect(adapter.keyspace.get('lock:b')).toBeNull();
});

it('works with a signal that is none of Node’s, as AbortController polyfills make them', async () => {
  const { locker } = virtualLocker();
  const signal = {
    aborted: false,
    reason: undefined,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  };
  expect(await locker.withLock('k', () => 'done', { signal: signal as never })).toBe('done');
});

it('a locker that closes waits for the release of a lock that its maxHold has ended', async () => {
  const { environment, adapter, locker } = virtualLocker();
  const letGo = holdBack(adapter, 'mutex-release');
  await locker.acquire('k', { maxHold: 100 });
  await environment.pass(100);
  let closed = false;
  const closing = locker.close().then(() => (closed = true));
  await settle();
  expect(closed).toBe(false);
  letGo();
  await closing;
  expect(adapter.keyspace.get('lock:k')).toBeNull();
});

it('a lock that is adopted too late is given back', async () => {
  const { environment, adapter, locker } = virtualLocker();
  const text = (await locker.acquire('k')).serialize();
  const { run } = adapter;
  let letGo: (() => void) | undefined;
  adapter.run = async (script, keys, args) => {
    const reply = await run(script, keys, args);
    if (script.name === 'mutex-adopt') await new Promise<void>((resolve) => (letGo = resolve));
    return reply;
  };
  const adopted = rejection(locker.adopt(text, { timeout: 100 }));
  await settle();
  environment.stall(300);
  letGo?.();
  expect(await adopted).toMatchObject({ code: 'LOCK_BACKEND' });
  await settle();
  expect(adapter.keyspace.get('lock:k')).toBeNull();
});

it('a lock that is lost, or given back, is not handed over', async () => {
  const { environment, locker } = virtualLocker({ extend: false });
  const [lost, released] = [await locker.acquire('lost'), await locker.acquire('released')];
  await released.release();
  environment.stall(7_000);
  for (const [lock, reason] of [
    [lost, 'expired'],
    [released, 'released'],
  ] as const) {
    const handOver = async (): Promise<string> => lock.serialize();
    expect(await rejection(handOver())).toMatchObject({ code: 'LOCK_LOST', reason });
  }
});

it('a call whose caller has aborted it with an error like that of a busy lock rejects with it', async () => {
  const { locker } = virtualLocker();
  const reason = new LockTimeoutError({
    key: 'x',
    timeout: 0,
    waited: 0,
    holder: undefined,
    heldFor: undefined,
  });
  const signal = AbortSignal.abort(reason);
  for (const onBusy of ['skip', 'throw', () => 'instead'] as const) {
    expect(await rejection(locker.withLock('k', () => 'ran', { onBusy, signal } as never))).toBe(reason);
  }
  const walk = locker.wrap('k', async function* () {}, { onBusy: 'skip', signal });
  expect(await rejection(walk().next())).toBe(reason);
});
