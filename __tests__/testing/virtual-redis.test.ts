import { testWorld } from '../../src/testing/index.js';

const outcome = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => 'done',
    (error: unknown) => {
      const { code, reason } = error as { code?: string; reason?: string };
      return [code, reason];
    },
  );

it.each(['steal', 'expire'] as const)('%s: the holder loses the lock at its next extension', async (what) => {
  const world = testWorld();
  const lock = await world.locker({ ttl: 6_000, prefix: 'other:' }).acquire('k');
  world.redis[what]('k');
  expect(lock.held).toBe(true);
  await world.pass(6_000);
  expect(lock.held).toBe(false);
  expect(lock.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
});

it('steal: others wait until expire ends it', async () => {
  const world = testWorld();
  world.locker();
  world.redis.steal('k');
  const locker = world.locker();
  expect(await locker.tryAcquire('k')).toBeNull();
  world.redis.expire('k');
  expect(await locker.tryAcquire('k')).not.toBeNull();
});

it('down: a holder loses its lock when the lease is over, a caller gets LOCK_BACKEND; up: all is well', async () => {
  const world = testWorld();
  const locker = world.locker({ ttl: 6_000 });
  const lock = await locker.acquire('k');
  world.redis.down();
  const refused = outcome(locker.acquire('other', { timeout: 2_000 }));
  await world.pass(7_000);
  expect(await refused).toEqual(['LOCK_BACKEND', 'ECONNREFUSED']);
  expect(lock.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'expired' });
  world.redis.up();
  expect(await outcome(world.locker().acquire('k'))).toBe('done');
});

it.each(['request', 'reply'] as const)(
  'lose: after a lost %s the caller asks again: it has what was done, and else stands behind others',
  async (what) => {
    const world = testWorld();
    const locker = world.locker({ ttl: 6_000 });
    world.redis.lose(what);
    let done: unknown = 'pending';
    const call = locker.acquire('k', { timeout: 30_000 });
    void outcome(call).then((it) => (done = it));
    await world.pass(0);
    expect(done).toBe('pending');
    // Only the step whose reply was lost has been done.
    expect(
      await world
        .locker()
        .tryAcquire('k')
        .then((lock) => lock === null),
    ).toBe(what === 'reply');
    await world.pass(30_000);
    expect(done).toEqual(what === 'reply' ? 'done' : ['LOCK_TIMEOUT', undefined]);
  },
);

it('refuse: an error that stays fails at once, one that passes is tried again', async () => {
  const world = testWorld();
  const locker = world.locker();
  world.redis.refuse('NOPERM this user has no permissions');
  expect(await outcome(locker.acquire('k'))).toEqual(['LOCK_BACKEND', 'NOPERM']);
  world.redis.refuse('LOADING Redis is loading the dataset in memory', 2);
  const call = outcome(locker.acquire('k', { timeout: 10_000 }));
  await world.pass(5_000);
  expect(await call).toBe('done');
});

it('holder: tells who has the lock, and not by which token', async () => {
  const world = testWorld();
  const { redis } = world;
  expect(redis.holder('k')).toBeUndefined();
  const lock = await world.locker({ prefix: 'other:' }).acquire('k', { name: 'payouts of June' });
  expect(redis.holder('k')).toBe('test/1 payouts of June');
  await lock.release();
  expect(redis.holder('k')).toBeUndefined();
  redis.steal('k');
  expect(redis.holder('k')).toBe('somebody else');
});

it('flush: everything is gone, and the holder loses its lock at its next extension', async () => {
  const world = testWorld();
  const lock = await world.locker({ ttl: 6_000 }).acquire('k');
  expect(world.redis.keys().sort()).toEqual(['lock:k', '{lock:k}:~v1:fence']);
  world.redis.flush();
  expect(world.redis.keys()).toEqual([]);
  await world.pass(6_000);
  expect(lock.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
});

it('delay: a late request is done when it arrives, and a late reply tells what was done before', async () => {
  const world = testWorld();
  const [ours, theirs] = [world.locker(), world.locker()];
  world.redis.delay('request', 500);
  const late = ours.acquire('k');
  await world.pass(499);
  expect(world.redis.holder('k')).toBeUndefined();
  await world.pass(1);
  expect((await late).remaining).toBeLessThan(20_000 - 500);
  expect(world.redis.holder('k')).toBe('test/1 acquire');
  world.redis.delay('reply', 700);
  let told: unknown = 'pending';
  void theirs.tryAcquire('other').then((lock) => (told = lock?.held));
  await world.pass(699);
  expect([told, world.redis.holder('other')]).toEqual(['pending', 'test/2 tryAcquire']);
  await world.pass(1);
  expect(told).toBe(true);
});

it('delay: what a program gives up meanwhile stands behind it, and nothing is left', async () => {
  const world = testWorld();
  const locker = world.locker();
  world.redis.delay('request', 5_000);
  const refused = outcome(locker.acquire('k', { timeout: 1_000 }));
  await world.pass(1_000);
  expect(await refused).toEqual(['LOCK_BACKEND', 'NO_REPLY']);
  await world.pass(10_000);
  expect(world.redis.holder('k')).toBeUndefined();
});

it('with a key: only its lock is concerned, also among steps that travel together', async () => {
  const world = testWorld();
  const locker = world.locker();
  const both = () => ['a', 'b'].map((key) => outcome(locker.withLock(key, () => undefined, { timeout: 0 })));
  world.redis.refuse('NOPERM no right', 1, 'b');
  expect(await Promise.all(both())).toEqual(['done', ['LOCK_BACKEND', 'NOPERM']]);
  world.redis.delay('reply', 3_000, 1, 'b');
  const [a, b] = both();
  expect(await a).toBe('done');
  await world.pass(3_000);
  expect(await b).toEqual(['LOCK_BACKEND', 'NO_REPLY']);
  world.redis.lose('request', 1, 'b');
  expect(await outcome(locker.acquire('a'))).toBe('done');
  const lost = outcome(locker.acquire('b', { timeout: 0 }));
  await world.pass(2_000);
  expect(await lost).toEqual(['LOCK_BACKEND', 'NO_REPLY']);
  expect(() => world.redis.delay('reply', -1)).toThrow(/^delay: ms must be/);
  expect(() => world.redis.lose('reply', 1, '')).toThrow(/^lose: the key is an empty string/);
});
