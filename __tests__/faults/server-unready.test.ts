import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { rejection } from '../support/deferred.js';
import { eventually } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, HEALED, LATE } from './server-bounds.js';

const TTL = 900;

let redis: RedisServer;
let folder: string;
const locker = useLockers(() => redis);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-disk-'));
  redis = await startRedis('--dir', folder, '--enable-debug-command', 'yes');
});

afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

/** Keeps the server busy with a script. @returns how to end that */
async function hog(): Promise<() => Promise<void>> {
  await redis.command('CONFIG', 'SET', 'busy-reply-threshold', '50');
  const client = await redis.client();
  const ended = client.eval('while true do end').catch(() => undefined);
  await eventually(
    () => redis.command('PING').catch((error: unknown) => String(error).includes('BUSY')),
    true,
  );
  return async () => {
    await redis.command('SCRIPT', 'KILL');
    await ended;
    client.destroy();
  };
}

test('B5 E1 L5: a script that keeps the server busy for less than the ttl costs the holder nothing, and who waits neither', async () => {
  const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
  const lock = await ours.locker.acquire('k');
  const waiting = theirs.locker.acquire('k');
  await ours.next('extended');
  const end = await hog();
  expect(await ours.next('failure')).toMatchObject({ operation: 'extend', reason: 'BUSY' });
  await end();
  await ours.next('extended');
  expect(lock.held).toBe(true);
  expect(await lock.release()).toBe('released');
  const next = await waiting;
  expect(ours.of('lost')).toEqual([]);
  expect(await next.release()).toBe('released');
});

test('B5 S3 E1 L1 L5: a script that keeps the server busy for longer: the holder is told by its clock, waits end, and service returns', async () => {
  const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
  const lock = await ours.locker.acquire('k');
  const waiting = theirs.locker.acquire('k');
  await eventually(() => redis.command('ZCARD', '{lock:k}:~v1:queue'), 1);
  const end = await hog();
  const { loss, at } = await lossOf(lock);
  expect(loss).toMatchObject({ reason: 'expired' });
  expect(at - ours.leaseEnd(lock, TTL)).toBeLessThanOrEqual(BUSY);

  const asked = performance.now();
  const refused = await rejection(ours.locker.acquire('other', { timeout: 400 }));
  const late = performance.now() - asked - 400;
  expect(refused).toMatchObject({
    code: 'LOCK_BACKEND',
    reason: 'BUSY',
    retryable: true,
    ownership: 'never-held',
  });
  expect(late).toBeLessThanOrEqual(LATE);

  await end();
  const healed = performance.now();
  const next = await waiting;
  const granted = performance.now() - healed;
  expect(granted).toBeLessThanOrEqual(TTL + HEALED);
  expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
  expect(await lock.release()).toBe('lost');
  expect(await next.release()).toBe('released');
  process.stdout.write(
    `server-unready.test.ts: busy: refused ${late.toFixed(0)} ms after its timeout, granted ${granted.toFixed(0)} ms after SCRIPT KILL\n`,
  );
});

test('B8 E1 L1 L5: a server that loads its data: waits are refused with LOADING, and granted when it has loaded', async () => {
  const ttl = 20_000;
  const [ours, theirs] = [await locker({ ttl }), await locker({ ttl })];
  await redis.command('DEBUG', 'POPULATE', '10000');
  const lock = await ours.locker.acquire('held');
  await redis.command('SAVE');
  await redis.kill();
  // 200 us for each key, and a look at its clients after every kilobyte.
  const loaded = redis.start(
    ...['--dir', folder, '--enable-debug-command', 'yes'],
    ...['--key-load-delay', '200', '--loading-process-events-interval-bytes', '1024'],
  );
  let loading = true;
  void loaded.then(() => (loading = false));
  // Connected to a server that loads already.
  const third = await locker({ ttl });
  const timeout = 500;
  const asked = performance.now();
  const refused = await rejection(third.locker.acquire('k', { timeout }));
  const over = performance.now() - asked - timeout;
  const waiting = theirs.locker.acquire('k');
  expect({ refused, loading }).toMatchObject({
    loading: true,
    refused: { code: 'LOCK_BACKEND', reason: 'LOADING', retryable: true, ownership: 'never-held' },
  });
  expect(over).toBeGreaterThanOrEqual(0);
  expect(over).toBeLessThanOrEqual(LATE);

  await loaded;
  const healed = performance.now();
  const next = await waiting;
  const granted = performance.now() - healed;
  process.stdout.write(`server-unready.test.ts: granted ${granted.toFixed(0)} ms after the loading\n`);
  // It asks again every second at least.
  expect(granted).toBeLessThanOrEqual(HEALED + BUSY);
  // What was loaded excludes as before.
  expect(await theirs.locker.tryAcquire('held')).toBeNull();
  expect([await lock.extend(), await lock.release()]).toEqual(['extended', 'released']);
  expect(await next.release()).toBe('released');
  await redis.command('EVAL', "for i = 0, 9999 do redis.call('DEL', 'key:' .. i) end", '0');
});
