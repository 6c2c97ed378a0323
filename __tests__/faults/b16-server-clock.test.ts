import type { Lock } from '../../src/index.js';
import { deferred, rejection } from '../support/deferred.js';
import { FencedStore } from '../support/fenced-store.js';
import { type JumpingServer, WAYS_TO_JUMP } from '../support/jumping-server.js';
import { settled } from '../support/linked.js';
import { eventually, pause } from '../support/pause.js';
import { expectToldAndFenced } from '../support/topology-lockers.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, LATE, LOOK, toldWithin } from './server-bounds.js';

const TTL = 600;
const MINUTE = 60_000;

const say = (text: string): void => void process.stdout.write(`b16-server-clock.test.ts: ${text}\n`);

describe.each(WAYS_TO_JUMP)('B16: a server $how', ({ start }) => {
  let jumping: JumpingServer;
  beforeAll(async () => {
    jumping = await start();
  });
  beforeEach(async () => {
    await jumping.server.command('FLUSHALL');
  });
  const locker = useLockers(() => jumping.server);
  const queued = () => eventually(() => jumping.server.command('ZCARD', '{lock:k}:~v1:queue'), 1);

  test("B16 S2 S3' S4: forward by a minute: the lock is anybody's; its holder is told, and its late write refused", async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const lock = await ours.locker.acquire('k');
    const lost = lossOf(lock);
    await jumping.jump(MINUTE);
    say(await expectToldAndFenced({ ours, theirs, lock, lost, ttl: TTL }));
  });

  test("B16 S2 S3' S5 S7 L2: forward by a minute while somebody waits: who waits looks within a second, and the holder's call rejects", async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const store = new FencedStore();
    const [holder, goOn] = [deferred<Lock>(), deferred()];
    const call = rejection(
      ours.locker.withLock('k', async (lock) => {
        holder.resolve(lock);
        await goOn.promise;
        return store.write('ours', lock.fencingToken);
      }),
    );
    const lock = await holder.promise;
    const lost = lossOf(lock);
    const waiting = theirs.locker.acquire('k').then((next) => ({ next, granted: performance.now() }));
    await queued();
    const jumped = performance.now();
    await jumping.jump(MINUTE);
    const { next, granted } = await waiting;
    expect(granted - jumped).toBeLessThanOrEqual(LOOK + BUSY);
    expect(store.write('theirs', next.fencingToken)).toBe(true);
    const { at } = await lost;
    expect(at - jumped).toBeLessThanOrEqual(toldWithin(TTL) + BUSY);
    // What is lost stays lost, also when the clock is set right.
    await jumping.jump(-MINUTE);
    expect([lock.held, lock.remaining, await lock.extend()]).toEqual([false, 0, 'lost']);
    goOn.resolve();
    expect(await call).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
    expect(store.refused).toEqual([lock.fencingToken]);
    expect([next.held, await next.release()]).toEqual([true, 'released']);
    say(
      `told ${Math.round(at - jumped)} ms after the jump, who waited served after ${Math.round(granted - jumped)} ms`,
    );
    // The last fencing token is kept for a day by the clock that it was written by.
    await jumping.jump(MINUTE);
  });

  test('B16 S1 S2: back by a minute: a holder keeps its lock for as long as it likes, and gives it back', async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const lock = await ours.locker.acquire('k');
    await jumping.jump(-MINUTE);
    const end = performance.now() + 2 * TTL;
    let tries = 0;
    for (; performance.now() < end; tries++) {
      expect(await theirs.locker.tryAcquire('k')).toBeNull();
      await pause(20);
    }
    expect(tries).toBeGreaterThan(10);
    expect([lock.held, await lock.release()]).toEqual([true, 'released']);
    expect(ours.of('lost')).toEqual([]);
    const next = await theirs.locker.acquire('k', { timeout: 0 });
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    await next.release();
  });

  test('B16 S2 S3 L1 L3: back by a minute under a holder that dies: it is told by its own clock, and the lock is free later by the jump', async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const store = new FencedStore();
    const lock = await ours.locker.acquire('k');
    const lost = lossOf(lock);
    const end = ours.leaseEnd(lock, TTL);
    await jumping.jump(-MINUTE);
    // Nothing of it gets through any more.
    ours.client.destroy();
    const { loss, at } = await lost;
    expect(loss.reason).toBe('expired');
    expect(at).toBeLessThanOrEqual(end + BUSY);
    const { ms, error } = await settled(() => theirs.locker.acquire('k', { timeout: TTL }));
    expect(error).toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(ms).toBeLessThanOrEqual(TTL + LATE);
    const left = Number(await jumping.server.command('PTTL', 'lock:k'));
    expect(left).toBeGreaterThan(MINUTE - 3 * TTL - BUSY);
    expect(left).toBeLessThanOrEqual(MINUTE + TTL);

    const right = performance.now();
    await jumping.jump(MINUTE);
    const next = await theirs.locker.acquire('k');
    expect(performance.now() - right).toBeLessThanOrEqual(LOOK + BUSY);
    expect(store.write('theirs', next.fencingToken)).toBe(true);
    expect(store.write('ours', lock.fencingToken)).toBe(false);
    expect(store.refused).toEqual([lock.fencingToken]);
    await next.release();
  });

  test('B16 S1 S2 L2: back by a minute while somebody waits: a release passes the lock on', async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const lock = await ours.locker.acquire('k');
    const waiting = theirs.locker.acquire('k').then((next) => ({ next, bothHeld: lock.held }));
    await queued();
    await jumping.jump(-MINUTE);
    const released = performance.now();
    expect(await lock.release()).toBe('released');
    const { next, bothHeld } = await waiting;
    expect(performance.now() - released).toBeLessThanOrEqual(LOOK + BUSY);
    expect(bothHeld).toBe(false);
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    expect(await next.release()).toBe('released');
  });

  test('B16 S2: fencing tokens rise over jumps in both directions', async () => {
    const { locker: ours } = await locker({ ttl: TTL });
    const tokens: number[] = [];
    for (const ms of [0, MINUTE, -MINUTE, -MINUTE, MINUTE, 0]) {
      await jumping.jump(ms);
      tokens.push(await ours.withLock('k', ({ fencingToken }) => fencingToken));
    }
    expect(tokens).toEqual([...new Set(tokens)].sort((one, other) => one - other));
  });
});
