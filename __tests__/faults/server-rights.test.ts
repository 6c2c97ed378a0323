import { createClient } from 'redis';

import { rejection } from '../support/deferred.js';
import { everything } from '../support/everything.js';
import { eventually, pause } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, HEALED, LOOK } from './server-bounds.js';

const TTL = 900;
const PASSWORD = 'open sesame';
const OTHER = 'close sesame';
const ADMIN = 'abracadabra';
/** While messages can not be heard, who waits asks at least that often, in ms. */
const POLL = 250;
/** The first pause between two attempts that fail is that long at most, in ms. */
const FIRST_RETRY = 100;
/** How often an extension can fail before the lease is over, with the shortest pauses of 25 ms. */
const MOST_RETRIES = (TTL * 2) / 3 / 25;
/** How long the clients here wait between two attempts to connect, in ms. */
const RECONNECT = 50;

let redis: RedisServer;
const locker = useLockers(() => redis, PASSWORD, OTHER, ADMIN);

beforeAll(async () => {
  // So that a connection without a user of its own may do nothing.
  redis = await startRedis('--requirepass', ADMIN);
});

/** Changes what the user `service` may do, for connections that it has as well. */
const setUser = (...rules: string[]): Promise<unknown> =>
  redis.command('ACL', 'SETUSER', 'service', ...rules);
beforeEach(() => setUser('reset', 'on', `>${PASSWORD}`, '+@all', '~*', '&*'));
afterEach(() => redis.command('ACL', 'DELUSER', 'service'));

const SERVICE = { username: 'service', password: PASSWORD };
const service = async (reconnectDelay: number | false = RECONNECT) =>
  locker({ ttl: TTL }, await redis.client({ ...SERVICE, reconnectDelay }));

/** How many scripts clients have sent since the last reset, and how many of them were refused before they ran. */
async function scripts(): Promise<{ calls: number; rejected: number }> {
  const stats = String(await redis.command('INFO', 'commandstats'));
  const sum = (what: string): number =>
    [...stats.matchAll(new RegExp(`cmdstat_eval(?:sha)?:.*\\b${what}=(\\d+)`, 'g'))].reduce(
      (total, [, count]) => total + Number(count),
      0,
    );
  return { calls: sum('calls'), rejected: sum('rejected_calls') };
}

/** Neither in what is thrown nor in what it is printed as. */
function expectDiscreet(error: unknown): void {
  for (const secret of [PASSWORD, OTHER, ADMIN]) expect(everything(error)).not.toContain(secret);
}

test('B13 E1 R2: a client without the password: its calls end at once, and nothing is tried again', async () => {
  const client = createClient({ url: redis.url, RESP: 2 });
  client.on('error', () => undefined);
  await client.connect();
  const ours = await locker({}, client);
  await redis.command('CONFIG', 'RESETSTAT');
  const asked = performance.now();
  const refused = await rejection(ours.locker.acquire('k', { timeout: 10_000 }));
  expect(performance.now() - asked).toBeLessThanOrEqual(BUSY);
  // NOAUTH; but a server reads no more than ten words of one that it does not know, and calls the eleventh an error.
  expect(refused).toMatchObject({
    code: 'LOCK_BACKEND',
    reason: expect.stringMatching(/^(NOAUTH|ERR)$/),
    message: expect.stringMatching(/NOAUTH|unauthenticated/),
    retryable: false,
    ownership: 'never-held',
  });
  await pause(300);
  expect(ours.of('failure')).toHaveLength(1);
  expect(await scripts()).toEqual({ calls: 0, rejected: 0 });
});

test('B13 S3 E1 R2: rights that are taken away under a holder: told before its key expires, calls end at once, and few commands are sent', async () => {
  const ours = await service();
  const lock = await ours.locker.acquire('k');
  const lost = lossOf(lock);
  await redis.command('CONFIG', 'RESETSTAT');
  await setUser('-evalsha', '-eval');
  const { loss, at } = await lost;
  expect(loss).toMatchObject({ reason: 'expired' });
  expect(at - ours.leaseEnd(lock, TTL)).toBeLessThanOrEqual(BUSY);
  const failures = ours.of('failure').map(({ event }) => event);
  expect(new Set(failures.map(({ operation, reason }) => `${operation} ${reason}`))).toEqual(
    new Set(['extend NOPERM']),
  );
  // One may be under way still: what becomes of it is not told any more.
  await pause(100);
  const { rejected } = await scripts();
  process.stdout.write(`server-rights.test.ts: ${rejected} extensions tried without the right to\n`);
  expect(rejected).toBeGreaterThanOrEqual(failures.length);
  expect(rejected).toBeLessThanOrEqual(MOST_RETRIES);

  const asked = performance.now();
  const refused = await rejection(ours.locker.acquire('other', { timeout: 10_000 }));
  expect(performance.now() - asked).toBeLessThanOrEqual(BUSY);
  expect(refused).toMatchObject({ reason: 'NOPERM', retryable: false, ownership: 'never-held' });
  expect(await lock.release()).toBe('unknown');
  await pause(300);
  // One for the call and one for the release: what is refused for good is not repeated.
  expect((await scripts()).rejected).toBe(rejected + 2);

  await setUser('+@all');
  await eventually(() => redis.command('EXISTS', 'lock:k'), 0);
  await ours.locker.withLock('k', (next) => expect(next.fencingToken).toBeGreaterThan(lock.fencingToken));
});

test('B13: a password that is changed under a holder does not touch a connection that is there', async () => {
  const ours = await service();
  const lock = await ours.locker.acquire('k');
  await setUser('resetpass', `>${OTHER}`);
  await pause(2 * TTL);
  expect([lock.held, await lock.release()]).toEqual([true, 'released']);
});

test('B13 S3 L5 E1 R2: a password that is changed, and a connection lost: told in time, calls end at once, and service returns with the password', async () => {
  const ours = await service();
  const lock = await ours.locker.acquire('k');
  const lost = lossOf(lock);
  await setUser('resetpass', `>${OTHER}`);
  await redis.command('CONFIG', 'RESETSTAT');
  await redis.command('CLIENT', 'KILL', 'USER', 'service');
  const asked = performance.now();
  const refused = await rejection(ours.locker.acquire('other', { timeout: 10_000 }));
  // At the client's next attempt to connect, or at ours behind it.
  expect(performance.now() - asked).toBeLessThanOrEqual(RECONNECT + FIRST_RETRY + BUSY);
  expect(refused).toMatchObject({
    code: 'LOCK_BACKEND',
    reason: expect.stringMatching(/^(WRONGPASS|NOAUTH|ERR)$/),
    message: expect.stringMatching(/WRONGPASS|NOAUTH|unauthenticated/),
    retryable: false,
  });
  expectDiscreet(refused);
  const { loss, at } = await lost;
  expect(loss).toMatchObject({ reason: 'expired' });
  expect(at - ours.leaseEnd(lock, TTL)).toBeLessThanOrEqual(BUSY);
  const { calls, rejected } = await scripts();
  expect(calls).toBe(0);
  expect(rejected).toBeLessThanOrEqual(MOST_RETRIES);

  await setUser(`>${PASSWORD}`);
  const healed = performance.now();
  await ours.locker.withLock('k', (next) => expect(next.fencingToken).toBeGreaterThan(lock.fencingToken));
  expect(performance.now() - healed).toBeLessThanOrEqual(TTL + HEALED);
});

test('B13 S3 E1: the same with a client that does not try again: calls end at once', async () => {
  const ours = await service(false);
  const lock = await ours.locker.acquire('k');
  const lost = lossOf(lock);
  await setUser('resetpass', `>${OTHER}`);
  await redis.command('CLIENT', 'KILL', 'USER', 'service');
  await eventually(() => ours.client.isOpen, false);
  const asked = performance.now();
  const refused = await rejection(ours.locker.acquire('other', { timeout: 10_000 }));
  expect(performance.now() - asked).toBeLessThanOrEqual(BUSY);
  expect(refused).toMatchObject({
    code: 'LOCK_BACKEND',
    reason: 'CLIENT_CLOSED',
    retryable: false,
    ownership: 'never-held',
  });
  expectDiscreet(refused);
  const { loss, at } = await lost;
  expect(loss).toMatchObject({ reason: 'expired' });
  expect(at - ours.leaseEnd(lock, TTL)).toBeLessThanOrEqual(BUSY);
  expect(await lock.release()).toBe('unknown');
  await eventually(() => redis.command('EXISTS', 'lock:k'), 0);
});

test.each([
  ['PUBLISH, its waiters find the free lock at their next look', '-publish', LOOK],
  ['SUBSCRIBE, it asks from time to time', '-subscribe', POLL],
])('B13 L2 S2: without the right to %s', async (_what, right, within) => {
  const [free, bound] = [await locker({ ttl: 5_000 }), await service()];
  await setUser(right);
  const [holder, waiter] = right === '-publish' ? [bound, free] : [free, bound];
  const lock = await holder.locker.acquire('k', { ttl: 5_000 });
  const waiting = waiter.locker.acquire('k').then((next) => ({ next, at: performance.now() }));
  await waiter.next('waiting');
  // Until who waits has gone over from its first quick attempts to what it does then.
  await pause(700);
  const released = performance.now();
  expect(await lock.release()).toBe('released');
  const { next, at } = await waiting;
  process.stdout.write(`server-rights.test.ts: ${right}: granted after ${(at - released).toFixed(0)} ms\n`);
  expect(at - released).toBeLessThanOrEqual(within + BUSY);
  expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
  expect([...holder.of('failure'), ...waiter.of('failure')]).toEqual([]);
  expect(await next.release()).toBe('released');
});
