import { mkdir, mkdtemp, rm, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { rejection } from '../support/deferred.js';
import { eventually } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, HEALED } from './server-bounds.js';

const TTL = 800;

let redis: RedisServer;
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'latchkey-disk-'));
  redis = await startRedis('--dir', folder);
});

afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true });
});

const locker = useLockers(() => redis);
const config = (name: string, value: string): Promise<unknown> => redis.command('CONFIG', 'SET', name, value);

/** States in which a master refuses to write. */
const REFUSALS: [reason: string, enter: () => Promise<unknown>, leave: () => Promise<unknown>][] = [
  ['NOREPLICAS', () => config('min-replicas-to-write', '1'), () => config('min-replicas-to-write', '0')],
  [
    'MISCONF',
    async () => {
      await config('save', '3600 1');
      // A folder in the way of the snapshot.
      await rm(join(folder, 'dump.rdb'), { force: true });
      await mkdir(join(folder, 'dump.rdb'));
      await snapshot('err');
    },
    async () => {
      await rmdir(join(folder, 'dump.rdb'));
      await snapshot('ok');
      await config('save', '');
    },
  ],
];

/** Makes a snapshot, which ends well or badly. */
async function snapshot(status: string): Promise<void> {
  await redis.command('BGSAVE');
  const state = async (): Promise<string> => {
    const [, running, last] =
      /rdb_bgsave_in_progress:(\d)[^]*rdb_last_bgsave_status:(\w+)/.exec(
        String(await redis.command('INFO', 'persistence')),
      ) ?? [];
    return `${running} ${last}`;
  };
  await eventually(state, `0 ${status}`);
}

describe.each(REFUSALS)('B12: a server that answers %s', (reason, enter, leave) => {
  test('B12 L1 L5 E1: a release is unknown and repeated, and who waits is served afterwards', async () => {
    // Longer than the state lasts, so that it is the repeated release that frees the lock.
    const ttl = 6_000;
    const [ours, theirs] = [await locker({ ttl }), await locker({ ttl })];
    const lock = await ours.locker.acquire('k');
    const waiting = theirs.locker.acquire('k');
    await eventually(() => redis.command('ZCARD', '{lock:k}:~v1:queue'), 1);
    await enter();
    expect(await lock.release()).toBe('unknown');
    expect(ours.of('failure')[0]?.event).toMatchObject({ operation: 'release', reason });
    expect(await rejection(theirs.locker.acquire('free', { timeout: 300 }))).toMatchObject({
      code: 'LOCK_BACKEND',
      reason,
      retryable: true,
      ownership: 'never-held',
    });
    await leave();
    const healed = performance.now();
    const next = await waiting;
    const granted = performance.now() - healed;
    process.stdout.write(
      `server-refused-writes.test.ts: ${reason}: granted ${granted.toFixed(0)} ms after it\n`,
    );
    // One more try of the release, and then one more look.
    expect(granted).toBeLessThanOrEqual(2 * HEALED + BUSY);
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    expect(await next.release()).toBe('released');
  });

  test('B12 S3 L3 L5: a holder that can not extend is told before its key expires, and who waits is served afterwards', async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const lock = await ours.locker.acquire('k');
    const lost = lossOf(lock);
    const waiting = theirs.locker.acquire('k');
    await eventually(() => redis.command('ZCARD', '{lock:k}:~v1:queue'), 1);
    await enter();
    const expiry = Number(await redis.command('PEXPIRETIME', 'lock:k'));
    const { loss, at } = await lost;
    const told = at - ours.leaseEnd(lock, TTL);
    const before = expiry - (performance.timeOrigin + at);
    expect(loss).toMatchObject({ reason: 'expired' });
    expect(told).toBeLessThanOrEqual(BUSY);
    expect(before).toBeGreaterThan(-BUSY);
    expect(theirs.of('granted')).toEqual([]);
    await leave();
    const healed = performance.now();
    const next = await waiting;
    const granted = performance.now() - healed;
    process.stdout.write(
      `server-refused-writes.test.ts: ${reason}: told ${before.toFixed(0)} ms before the expiry, granted ${granted.toFixed(0)} ms after it\n`,
    );
    expect(granted).toBeLessThanOrEqual(TTL + HEALED);
    expect(await lock.release()).toBe('lost');
    expect(await next.release()).toBe('released');
  });
});
