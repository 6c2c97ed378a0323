import type { Lock } from '../../src/index.js';
import { deferred, rejection } from '../support/deferred.js';
import { FencedStore } from '../support/fenced-store.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, LOOK, toldWithin } from './server-bounds.js';

const TTL = 900;

const redis = sharedRedis();
const locker = useLockers(redis);

test.each([
  ['DEL', ['DEL', 'lock:k']],
  ['FLUSHALL', ['FLUSHALL']],
  ['RENAME', ['RENAME', 'lock:k', 'away']],
])(
  "B15 S2 S3' S4 S7: %s by an operator: the holder is told, its late write is refused, and it leaves the next holder's key alone",
  async (_what, command) => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const store = new FencedStore();
    const holder = deferred<Lock>();
    const [goOn, told] = [deferred(), deferred<number>()];
    const writes: boolean[] = [];
    const call = rejection(
      ours.locker.withLock('k', async (lock) => {
        writes.push(store.write('work', lock.fencingToken));
        void lossOf(lock).then(({ at }) => told.resolve(at));
        holder.resolve(lock);
        await goOn.promise;
        writes.push(store.write('work', lock.fencingToken));
        return 'done';
      }),
    );
    const lock = await holder.promise;
    const waiting = theirs.locker.acquire('k').then((next) => ({ next, granted: performance.now() }));
    await eventually(() => redis().command('ZCARD', '{lock:k}:~v1:queue'), 1);

    const since = performance.now();
    await redis().command(...command);
    const { next, granted } = await waiting;
    expect(granted - since).toBeLessThanOrEqual(LOOK + BUSY);
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    expect(store.write('work', next.fencingToken)).toBe(true);
    const value = await redis().command('GET', 'lock:k');
    const after = (await told.promise) - since;
    expect(after).toBeLessThanOrEqual(toldWithin(TTL) + BUSY);
    process.stdout.write(
      `server-operator.test.ts: ${command[0]}: told after ${after.toFixed(0)} ms, the next one granted after ${(granted - since).toFixed(0)} ms\n`,
    );

    goOn.resolve();
    expect(await call).toMatchObject({ code: 'LOCK_LOST', reason: 'taken', retryable: false });
    expect(writes).toEqual([true, false]);
    expect(store.accepted).toEqual([lock.fencingToken, next.fencingToken]);
    expect(ours.of('released')[0]?.event.outcome).toBe('lost');
    expect(await redis().command('GET', 'lock:k')).toBe(value);
    expect([next.held, await next.release()]).toEqual([true, 'released']);
    await redis().command('DEL', 'away');
  },
);
