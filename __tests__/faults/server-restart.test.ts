import { seededRandom } from '../programs/random.js';
import type { Lock } from '../../src/index.js';
import { deferred, rejection } from '../support/deferred.js';
import { FencedStore } from '../support/fenced-store.js';
import { eventually, pause } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, HEALED } from './server-bounds.js';

const TTL = 900;
/** How long a client waits between two attempts to connect, in ms: one finds its server at once, one after the ttl. */
const [FAST, SLOW] = [20, 1_200];

let redis: RedisServer;
const locker = useLockers(() => redis);
const { random, seed } = seededRandom();

beforeAll(async () => {
  process.stdout.write(`server-restart.test.ts: moments of death from LATCHKEY_SEED=${seed}\n`);
  redis = await startRedis();
});

const open = async (reconnectDelay: number) => locker({ ttl: TTL }, await redis.client({ reconnectDelay }));

test.each([
  ['who waits', 'that is back at once', FAST],
  ['who waits', 'that is back after its ttl', SLOW],
  ['who comes', 'that is back at once', FAST],
  ['who comes', 'that is back after its ttl', SLOW],
])(
  'B1 S2 S3 S7 L5: killed and started again empty: %s is granted with a higher fencing token; a holder %s is told within its lease, and its late write refused',
  async (when, _back, reconnectDelay) => {
    const [ours, theirs] = [await open(reconnectDelay), await open(FAST)];
    const store = new FencedStore();
    const [holder, told, goOn] = [deferred<Lock>(), deferred<number>(), deferred()];
    const call = rejection(
      ours.locker.withLock('k', async (lock) => {
        store.write('work', lock.fencingToken);
        void lossOf(lock).then(({ at }) => told.resolve(at));
        holder.resolve(lock);
        await goOn.promise;
        return store.write('work', lock.fencingToken) ? 'wrote' : 'refused';
      }),
    );
    const lock = await holder.promise;
    const next = () => theirs.locker.acquire('k').then((other) => ({ other, at: performance.now() }));
    const waiting = when === 'who waits' ? next() : undefined;
    if (waiting) await eventually(() => redis.command('ZCARD', '{lock:k}:~v1:queue'), 1);
    await pause((random() * TTL) / 3);

    await redis.kill();
    await redis.start();
    const back = performance.now();
    const { other, at: granted } = await (waiting ?? next());
    expect(granted - back).toBeLessThanOrEqual(TTL + HEALED);
    expect(other.fencingToken).toBeGreaterThan(lock.fencingToken);
    expect(store.write('work', other.fencingToken)).toBe(true);
    const value = await redis.command('GET', 'lock:k');

    const toldAt = await told.promise;
    expect(toldAt - ours.leaseEnd(lock, TTL)).toBeLessThanOrEqual(BUSY);
    goOn.resolve();
    expect(await call).toMatchObject({ code: 'LOCK_LOST', key: 'k', retryable: false });
    expect(store.accepted).toEqual([lock.fencingToken, other.fencingToken]);
    // Whether its connection was back in time to ask, or not: it has not touched the new holder's key.
    expect(['lost', 'unknown']).toContain(ours.of('released')[0]?.event.outcome);
    expect(await redis.command('GET', 'lock:k')).toBe(value);
    expect(await other.release()).toBe('released');

    // Normal service, for who has lost a lock as well: sections on locks that are free and on one that is wanted by both.
    const sections = [ours, theirs].flatMap(({ locker }, i) =>
      ['k', `free-${i}`].map((key) => locker.withLock(key, () => performance.now())),
    );
    const normal = Math.max(...(await Promise.all(sections)));
    expect(normal - back).toBeLessThanOrEqual(TTL + HEALED);
    const shown = [toldAt - granted, granted - back, normal - back].map((ms) => ms.toFixed(0));
    process.stdout.write(
      `server-restart.test.ts: holder told ${shown[0]} ms after the next grant, which came ${shown[1]} ms after the start; normal after ${shown[2]} ms\n`,
    );
  },
);
