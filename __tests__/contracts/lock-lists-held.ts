import type { Lock, LockEvents } from '../../src/index.js';
import { rejection } from '../support/deferred.js';
import { eventually, pause } from '../support/pause.js';
import { listWorld } from './list-world.js';
import type { LockWorld } from './lock-contract.js';

/** What a busy machine may add to a promised time, in ms. */
const BUSY = 150;
const TTL = 600;

const LOST = { code: 'LOCK_LOST', retryable: false };

/** What becomes of several keys while they are held. */
export function heldListCases(world: LockWorld): void {
  const { backend, open, stopwatch, taken, settled } = listWorld(world);

  describe('a lock of several keys', () => {
    it('lasts as long as the shortest of its leases, which are all extended', async () => {
      const ours = await open({ ttl: TTL });
      await ours.withLock(['a', 'b'], async (lock) => {
        for (let i = 0; i < 5; i++) {
          await pause(TTL / 3 + 50);
          lock.assertHeld();
          expect(await taken()).toEqual(['{l}:a', '{l}:b']);
        }
        expect(lock.remaining).toBeLessThanOrEqual(TTL);
        expect(await lock.extend(10_000)).toBe('extended');
        expect(lock.remaining).toBeGreaterThan(5_000);
        expect(() => lock.assertHeld(20_000)).toThrow('less is left of its lease than was asked for');
        expect(() => lock.assertHeld(-1)).toThrow(RangeError);
        await expect(lock.extend(1)).rejects.toThrow(RangeError);
      });
    });

    it.each(['a', 'b', 'c'])('is lost with its key %s, and gives the others back at once', async (key) => {
      const [ours, theirs] = [await open({ ttl: TTL }), await open()];
      const told: string[] = [];
      ours.on('lost', (event) => told.push(`lost ${event.key} ${event.reason}`));
      ours.on('released', (event) => told.push(`released ${event.key} ${event.outcome}`));
      const others = ['a', 'b', 'c'].filter((other) => other !== key);
      const call = ours.withLock(['a', 'b', 'c'], async (lock) => {
        const reason = new Promise((resolve) =>
          lock.signal.addEventListener('abort', () => resolve(lock.signal.reason), { once: true }),
        );
        const took = stopwatch();
        await backend().delete(`{l}:${key}`);
        expect(await reason).toMatchObject({ ...LOST, key, reason: 'taken' });
        expect(took()).toBeLessThan(TTL / 3 + 50 + BUSY);
        expect([lock.held, lock.remaining]).toEqual([false, 0]);
        expect(() => lock.assertHeld()).toThrow(lock.signal.reason as Error);
        expect(await lock.extend()).toBe('lost');
        // While the body goes on.
        await using _next = await theirs.acquire(others, { timeout: 1_000 });
        expect(await lock.release()).toBe('lost');
        return 'done';
      });
      expect(await rejection(call)).toMatchObject({ ...LOST, key, reason: 'taken' });
      expect(told.filter((line) => line.startsWith('lost'))).toEqual([`lost ${key} taken`]);
      for (const other of others) expect(told).toContain(`released ${other} released`);
    });

    it.each<[string, object, string]>([
      ['given back as a whole after maxHold', { maxHold: 100 }, 'max-hold'],
      ['lost as a whole when its leases are over', { extend: false }, 'expired'],
    ])('is %s, and its holder is told before anybody else has it', async (_, options, reason) => {
      const [ours, theirs] = [await open({ ttl: 900 }), await open()];
      const order: string[] = [];
      const call = ours.withLock(
        ['a', 'b'],
        (lock) =>
          new Promise<void>((resolve) => {
            lock.signal.addEventListener('abort', () => {
              order.push('told');
              resolve();
            });
          }),
        options,
      );
      await settled('a', 'b');
      await theirs.withLock(['b', 'a'], () => order.push('theirs'));
      expect(await rejection(call)).toMatchObject({ ...LOST, reason });
      expect(order).toEqual(['told', 'theirs']);
    });

    it('can not be handed over, and is given back once', async () => {
      const ours = await open();
      const lock = await ours.acquire(['a', 'b']);
      expect(() => lock.serialize()).toThrow(
        new TypeError('serialize: a lock of several keys can not be handed over'),
      );
      const { signal } = lock;
      expect(await Promise.all([lock.release(), lock.release()])).toEqual(['released', 'released']);
      expect([lock.held, signal.aborted]).toEqual([false, false]);
      expect(() => lock.assertHeld()).toThrow('it was given back');
      expect(await lock.extend()).toBe('lost');
      {
        await using again = await ours.acquire(['a', 'b'], { timeout: 0 });
        expect(again.held).toBe(true);
      }
      expect(await taken()).toEqual([]);
    });

    it('begins again when one was lost while it waited for another one', async () => {
      const [ours, theirs] = [await open({ ttl: TTL }), await open()];
      const body = jest.fn((lock: Lock) => lock.held);
      const acquired = async (): Promise<boolean> => {
        await using lock = await ours.acquire(['a', 'b']);
        return body(lock);
      };
      for (const take of [() => ours.withLock(['a', 'b'], body), acquired]) {
        const held = await theirs.acquire('b');
        const call = take();
        await settled('a', 'b');
        await backend().set('{l}:a', 'foreign', 1_000);
        await pause(TTL / 2);
        await held.release();
        await eventually(async () => (await taken()).join(), '{l}:a');
        await backend().delete('{l}:a');
        expect(await call).toBe(true);
      }
      expect(body).toHaveBeenCalledTimes(2);
    });

    it('without extension has those that it holds while it waits, and all of its ttl afterwards', async () => {
      const [ours, theirs] = [await open({ ttl: 900, extend: false }), await open()];
      const held = await theirs.acquire('b');
      const lost: unknown[] = [];
      ours.on('lost', (event) => lost.push(event));
      const call = ours.withLock(['a', 'b'], (lock) => lock.remaining);
      await pause(1_300);
      expect(await taken()).toEqual(['{l}:a', '{l}:b']);
      await held.release();
      expect(await call).toBeGreaterThan(450);
      expect(lost).toEqual([]);
    });

    it('tells of each key by itself', async () => {
      const [ours, theirs] = [await open(), await open()];
      const told: string[] = [];
      for (const name of ['waiting', 'granted', 'busy', 'refused', 'released'] as const) {
        ours.on(name, ({ key, name: site }: LockEvents[typeof name]) => told.push(`${name} ${key} ${site}`));
      }
      await ours.withLock(['b', 'a'], () => undefined, { name: 'Both' });
      expect(told.splice(0)).toEqual([
        'granted a Both',
        'granted b Both',
        'released a Both',
        'released b Both',
      ]);
      const held = await theirs.acquire('b');
      expect(await ours.tryAcquire(['a', 'b'], { name: 'Both' })).toBeNull();
      expect(told.splice(0)).toEqual(['busy b Both']);
      const waiting = ours.withLock(['a', 'b'], () => undefined, { name: 'Both' });
      await eventually(() => told.includes('waiting b Both'), true);
      await held.release();
      await waiting;
      expect(told.splice(0)).toEqual([
        ...['granted a Both', 'waiting b Both', 'granted b Both'],
        ...['released a Both', 'released b Both'],
      ]);
    });
  });
}
