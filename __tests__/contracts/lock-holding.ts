import { getEventListeners } from 'node:events';

import type { Lock, LockLostError } from '../../src/index.js';
import { deferred, rejection } from '../support/deferred.js';
import { eventually, pause } from '../support/pause.js';
import type { LockWorld } from './lock-contract.js';

/** What a busy machine may add to a promised time, in ms. */
const BUSY = 150;
const TTL = 600;

/** Resolves with the reason for which `signal` aborts. */
const aborted = (signal: AbortSignal): Promise<unknown> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve(signal.reason);
    else signal.addEventListener('abort', () => resolve(signal.reason), { once: true });
  });

export function holdingCases({ backend, locker, stopwatch }: LockWorld): void {
  describe('a lock that is held', () => {
    it('is extended for as long as the body takes, and nobody else gets it', async () => {
      const [ours, theirs] = [await locker({ ttl: TTL }), await locker()];
      const told: string[] = [];
      ours.on('extended', ({ remaining }) => told.push(`extended ${remaining > 0 && remaining <= TTL}`));
      ours.on('lost', ({ reason }) => told.push(reason));
      ours.on('released', ({ outcome }) => told.push(outcome));
      const fences: number[] = [];
      await ours.withLock('k', async (lock) => {
        const { signal, fencingToken } = lock;
        for (let i = 0; i < 6; i++) {
          await pause(TTL / 3 + 50);
          lock.assertHeld();
          expect(await theirs.tryAcquire('k')).toBeNull();
        }
        expect(signal.aborted).toBe(false);
        expect(lock.fencingToken).toBe(fencingToken);
        fences.push(fencingToken);
      });
      expect(new Set(told)).toEqual(new Set(['extended true', 'released']));
      expect(told.length).toBeGreaterThan(4);
      await using next = await theirs.acquire('k', { timeout: 0 });
      expect(next.fencingToken).toBeGreaterThan(fences[0]!);
    });

    it('without extension is lost before its key expires, and the call rejects when the body has ended', async () => {
      const ours = await locker({ ttl: 1_000, extend: false });
      let goneEarly = false;
      let ended = false;
      const since = performance.now();
      const call = ours.withLock('k', async (lock) => {
        expect(lock.remaining).toBeLessThan(980);
        const reason = await aborted(lock.signal);
        const left = await backend().get('lock:k');
        // It was granted after `since`, so its key is there for a ttl from then at least. A busy machine may look later.
        goneEarly = left === null && performance.now() - since < 1_000;
        expect(reason).toMatchObject({ code: 'LOCK_LOST', reason: 'expired', key: 'k' });
        expect([lock.held, lock.remaining]).toEqual([false, 0]);
        expect(() => lock.assertHeld()).toThrow(reason as Error);
        await pause(50);
        ended = true;
        return 'done';
      });
      const error = await rejection(call);
      expect(error).toMatchObject({
        name: 'LockLostError',
        code: 'LOCK_LOST',
        reason: 'expired',
        retryable: false,
      });
      expect((error as LockLostError).held).toBeGreaterThan(900);
      expect({ ended, goneEarly }).toEqual({ ended: true, goneEarly: false });
    });

    it('that is lost changes nothing for a call that wants to be told by the signal only', async () => {
      const ours = await locker({ ttl: 150, extend: false });
      const body = (lock: Lock) => aborted(lock.signal).then(() => 'done');
      expect(await ours.withLock('k', body, { onLost: 'abort' })).toBe('done');
    });

    it.each<[string, () => Promise<unknown>, string | null]>([
      ['deleted', () => backend().delete('lock:k'), null],
      ['somebody else’s', () => backend().set('lock:k', 'theirs', 60_000), 'theirs'],
    ])(
      'is lost when its key is %s, and its holder is told with the next extension',
      async (_, take, value) => {
        const ours = await locker({ ttl: TTL });
        const lost: unknown[] = [];
        ours.on('lost', ({ reason, key }) => lost.push([key, reason]));
        const lock = await ours.acquire('k');
        const reason = aborted(lock.signal);
        const took = stopwatch();
        await take();
        expect(await reason).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
        expect(took()).toBeLessThan(TTL / 3 + 50 + BUSY);
        expect(lost).toEqual([['k', 'taken']]);
        expect(lock.held).toBe(false);
        expect(await lock.extend()).toBe('lost');
        expect(await lock.release()).toBe('lost');
        expect(await backend().get('lock:k')).toBe(value);
        await backend().delete('lock:k');
      },
    );

    it('A8 S7: is given back after maxHold, while the body goes on; the call tells of it when the body has ended', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const order: string[] = [];
      const [begun, { promise: met, resolve: meet }] = [deferred(), deferred()];
      const call = rejection(
        ours.withLock(
          'k',
          async (lock) => {
            begun.resolve();
            lock.signal.addEventListener('abort', () => order.push('told'));
            await Promise.race([met, pause(3_000)]);
            order.push('ended');
          },
          { maxHold: 150 },
        ),
      );
      await begun.promise;
      await theirs.withLock('k', () => {
        order.push('theirs');
        meet();
      });
      expect(await call).toMatchObject({ code: 'LOCK_LOST', reason: 'max-hold' });
      expect(order).toEqual(['told', 'theirs', 'ended']);
    });

    it('A8 S7 E1: that is lost leaves the body its own error, which tells of the loss by its cause', async () => {
      const ours = await locker({ ttl: 150, extend: false });
      const [own, withCause] = [new Error('own'), new Error('own', { cause: 'its own' })];
      for (const error of [own, withCause]) {
        const call = ours.withLock('k', async (lock) => {
          await aborted(lock.signal);
          throw error;
        });
        expect(await rejection(call)).toBe(error);
      }
      expect(own.cause).toMatchObject({ code: 'LOCK_LOST' });
      expect(withCause.cause).toBe('its own');
    });

    it('can be asked whether it lasts', async () => {
      const ours = await locker();
      const lock = await ours.acquire('k', { ttl: 5_000 });
      lock.assertHeld();
      lock.assertHeld(4_000);
      expect(() => lock.assertHeld(6_000)).toThrow('less is left of its lease than was asked for');
      expect(() => lock.assertHeld(-1)).toThrow(RangeError);
      await lock.release();
      expect(() => lock.assertHeld()).toThrow('it was given back');
      expect(lock.signal.aborted).toBe(false);
    });

    it('can be extended by hand, and is never made shorter', async () => {
      const ours = await locker({ ttl: 2_000, extend: false });
      await using lock = await ours.acquire('k');
      expect(await lock.extend(30_000)).toBe('extended');
      expect(lock.remaining).toBeGreaterThan(20_000);
      expect(await lock.extend(100)).toBe('extended');
      expect(lock.remaining).toBeGreaterThan(20_000);
      await expect(lock.extend(99)).rejects.toThrow(RangeError);
    });

    it('is handed on within the process with a lease that goes on', async () => {
      const ours = await locker({ ttl: 900 });
      const lasts: boolean[] = [];
      const body = async (lock: Lock): Promise<void> => {
        await pause(600);
        lasts.push(lock.remaining > 0);
      };
      await Promise.all([ours.withLock('k', body), ours.withLock('k', body), ours.withLock('k', body)]);
      expect(lasts).toEqual([true, true, true]);
    });

    it('is lost when the locker closes and its grace is over', async () => {
      const ours = await locker();
      const lock = await ours.acquire('k');
      const reason = aborted(lock.signal);
      await ours.close({ grace: 20 });
      expect(await reason).toMatchObject({ code: 'LOCK_LOST', reason: 'closed' });
      expect(await backend().get('lock:k')).toBeNull();
    });

    it('that was given back is neither extended nor lost', async () => {
      const ours = await locker({ ttl: 150 });
      const told: string[] = [];
      ours.on('extended', () => told.push('extended'));
      ours.on('lost', () => told.push('lost'));
      const lock = await ours.acquire('k', { maxHold: 200 });
      const { signal } = lock;
      await lock.release();
      await pause(300);
      expect(told).toEqual([]);
      expect(signal.aborted).toBe(false);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
      await eventually(async () => (await backend().get('lock:k')) === null, true);
    });
  });
}
