import { rejection } from '../support/deferred.js';
import { eventually, pause } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, HEALED, LATE } from './server-bounds.js';

const TTL = 800;

let redis: RedisServer;
let master: RedisServer;

beforeAll(async () => {
  redis = await startRedis();
  // A replica need not wait for others that might join it.
  master = await startRedis('--repl-diskless-sync-delay', '0');
});

const locker = useLockers(() => redis);
const follow = (): Promise<unknown> => redis.command('REPLICAOF', '127.0.0.1', String(master.port));
const linked = async (): Promise<boolean> =>
  String(await redis.command('INFO', 'replication')).includes('link_status:up');

describe('B11: a replica', () => {
  afterEach(() => redis.command('REPLICAOF', 'NO', 'ONE'));

  test('B11 E1 L1: grants nothing, neither what is free nor what its master has', async () => {
    await follow();
    await eventually(linked, true, 10_000);
    await master.command('SET', 'lock:theirs', `${'a'.repeat(27)} somebody/1 else`, 'PX', '20000');
    await eventually(() => redis.command('EXISTS', 'lock:theirs'), 1);
    const { locker: ours, told } = await locker({ ttl: TTL });
    for (const key of ['free', 'theirs']) {
      const asked = performance.now();
      const refused = await rejection(ours.acquire(key, { timeout: 400 }));
      expect(performance.now() - asked).toBeLessThanOrEqual(400 + LATE);
      expect(refused).toMatchObject({ code: expect.stringMatching(/^LOCK_/), retryable: true });
      expect(await rejection(ours.acquire(key, { timeout: 0 }))).toMatchObject({ retryable: true });
    }
    expect(await rejection(ours.acquire('free', { timeout: 0 }))).toMatchObject({
      code: 'LOCK_BACKEND',
      reason: 'READONLY',
      ownership: 'never-held',
    });
    expect(told.filter(({ name }) => name === 'granted')).toEqual([]);
    expect(await master.command('KEYS', '*')).toEqual(['lock:theirs']);
    await master.command('DEL', 'lock:theirs');
    await eventually(() => redis.command('EXISTS', 'lock:theirs'), 0);
  });

  test('B11 S1 S2 S3 L1 L5: a server that becomes one under a holder: told in time, nobody is granted, and service returns', async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const lock = await ours.locker.acquire('k');
    const lost = lossOf(lock);
    const waiting = theirs.locker.acquire('k');
    await eventually(() => redis.command('ZCARD', '{lock:k}:~v1:queue'), 1);
    await follow();
    const { loss, at } = await lost;
    expect(loss.reason).toMatch(/^(expired|taken)$/);
    expect(at - ours.leaseEnd(lock, TTL)).toBeLessThanOrEqual(BUSY);
    await eventually(linked, true, 10_000);
    await pause(TTL);
    expect(theirs.of('granted')).toEqual([]);
    expect(await rejection(ours.locker.acquire('k', { timeout: 0 }))).toMatchObject({ reason: 'READONLY' });

    await redis.command('REPLICAOF', 'NO', 'ONE');
    const healed = performance.now();
    const next = await waiting;
    const granted = performance.now() - healed;
    process.stdout.write(
      `server-replicas.test.ts: granted ${granted.toFixed(0)} ms after the server was a master again\n`,
    );
    expect(granted).toBeLessThanOrEqual(TTL + HEALED);
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    expect(await lock.release()).toBe('lost');
    expect(await next.release()).toBe('released');
  });
});
