import { rejection } from '../support/deferred.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, LATE, LOOK, toldWithin } from './server-bounds.js';

const TTL = 900;
const LOCK = 'lock:k';
const FENCE = '{lock:k}:~v1:fence';
/** The highest last fencing token from which another one is given out. */
const LAST_FENCE = 9_000_000_000_000_000;

const redis = sharedRedis();
const locker = useLockers(redis);

/** All that there is to know of a key: its expiry, and what is there. */
const state = async (key: string): Promise<unknown> =>
  Promise.all([redis().command('PTTL', key), redis().command('DUMP', key)]);

/** Things that are no strings: how each is put at a key. */
const OTHERS: [what: string, put: string[]][] = [
  ['list', ['RPUSH', LOCK, 'element']],
  ['hash', ['HSET', LOCK, 'field', 'value']],
  ['set', ['SADD', LOCK, 'member']],
  ['sorted set', ['ZADD', LOCK, '1', 'member']],
  ['stream', ['XADD', LOCK, '1-1', 'field', 'value']],
];

test.each(OTHERS)(
  'B19 S4 E1: a %s at the key ends a call at once, and stays as it is',
  async (_what, put) => {
    await redis().command(...put);
    const before = await state(LOCK);
    const { locker: ours } = await locker({ ttl: TTL });
    const asked = performance.now();
    const refused = await rejection(ours.acquire('k', { timeout: 10_000 }));
    expect(performance.now() - asked).toBeLessThanOrEqual(BUSY);
    expect(refused).toMatchObject({
      code: 'LOCK_BACKEND',
      reason: 'WRONGTYPE',
      retryable: false,
      ownership: 'never-held',
    });
    expect(await state(LOCK)).toEqual(before);
    await redis().command('DEL', LOCK);
  },
);

test('B19 S4 L1 E1: a foreign string without an expiry is waited for until the timeout, which tells of it, and stays as it is', async () => {
  await redis().command('SET', LOCK, 'somebody else’s');
  const before = await state(LOCK);
  const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
  const asked = performance.now();
  const refused = await rejection(ours.locker.acquire('k', { timeout: 1_200 }));
  const late = performance.now() - asked - 1_200;
  expect(refused).toMatchObject({ code: 'LOCK_TIMEOUT', holder: undefined, retryable: true });
  expect(String(refused)).toContain('held by a value that latchkey did not write');
  expect(String(refused)).not.toContain('somebody');
  expect(late).toBeGreaterThanOrEqual(0);
  expect(late).toBeLessThanOrEqual(LATE);
  expect(await theirs.locker.tryAcquire('k')).toBeNull();
  expect(await state(LOCK)).toEqual(before);
  await redis().command('DEL', LOCK);
});

test.each(OTHERS)(
  "B19 S3' S4: a %s in the place of a lock that is held: its holder is told, and leaves it as it is",
  async (_what, put) => {
    const ours = await locker({ ttl: TTL });
    const lock = await ours.locker.acquire('k');
    const lost = lossOf(lock);
    await redis().command('DEL', LOCK);
    await redis().command(...put);
    const since = performance.now();
    const before = await state(LOCK);
    const { loss, at } = await lost;
    expect(loss).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
    expect(at - since).toBeLessThanOrEqual(toldWithin(TTL) + BUSY);
    // What is refused for good is not repeated; it would leave the key alone as well.
    expect(await lock.release()).toMatch(/^(lost|unknown)$/);
    expect(await state(LOCK)).toEqual(before);
    await redis().command('DEL', LOCK);
  },
);

test.each([
  ['text', ['SET', FENCE, 'garbage'], 'BADFENCE'],
  ['a list', ['RPUSH', FENCE, 'element'], 'WRONGTYPE'],
  ['more than 2^53', ['SET', FENCE, '9007199254740993'], 'BADFENCE'],
])(
  'B20 S2 E1: %s at the fence key: nobody is granted, who waits is told why, and no lock is left behind',
  async (_what, put, reason) => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const lock = await ours.locker.acquire('k');
    const refused = rejection(theirs.locker.acquire('k', { timeout: 10_000 }));
    await eventually(() => redis().command('ZCARD', '{lock:k}:~v1:queue'), 1);
    await redis().command('DEL', FENCE);
    await redis().command(...put);
    const before = await state(FENCE);

    const released = performance.now();
    expect(await lock.release()).toBe('released');
    const expected = { code: 'LOCK_BACKEND', reason, retryable: false, ownership: 'never-held' };
    expect(await refused).toMatchObject(expected);
    expect(performance.now() - released).toBeLessThanOrEqual(LOOK + BUSY);
    expect(await rejection(ours.locker.acquire('k', { timeout: 10_000 }))).toMatchObject(expected);
    expect(await redis().command('PTTL', LOCK)).toBe(-2);
    expect(theirs.of('granted')).toEqual([]);
    expect(await state(FENCE)).toEqual(before);
    await redis().command('DEL', FENCE);
  },
);

test('B20 S2: a fence key that is deleted again and again: fencing tokens rise, also over hand-overs', async () => {
  const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
  const fences: number[] = [];
  for (let i = 0; i < 10; i++) {
    const lock = await ours.locker.acquire('k');
    const waiting = theirs.locker.acquire('k');
    await eventually(() => redis().command('ZCARD', '{lock:k}:~v1:queue'), 1);
    await redis().command('DEL', FENCE);
    await lock.release();
    const next = await waiting;
    await redis().command('DEL', FENCE);
    await next.release();
    fences.push(lock.fencingToken, next.fencingToken);
  }
  expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
});

test('B20 S2: fencing tokens are given out as far as they can be counted, and no further', async () => {
  const { locker: ours } = await locker({ ttl: TTL });
  await redis().command('SET', FENCE, String(LAST_FENCE - 2), 'PX', '60000');
  const fences: number[] = [];
  // A grant beside the line reserves one token, one for the line reserves eleven.
  for (let i = 0; i < 2; i++) {
    const lock = await ours.tryAcquire('k');
    fences.push(lock!.fencingToken);
    await lock!.release();
  }
  await Promise.all(
    Array.from({ length: 11 }, () => ours.withLock('k', ({ fencingToken }) => fences.push(fencingToken))),
  );
  expect(fences.map((fence) => fence - LAST_FENCE)).toEqual([-1, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  expect(await rejection(ours.acquire('k'))).toMatchObject({ reason: 'BADFENCE', ownership: 'never-held' });
  expect(await redis().command('PTTL', LOCK)).toBe(-2);
  await redis().command('DEL', FENCE);
});
