import { inspect } from 'node:util';

import { rejection } from '../support/deferred.js';
import { eventually, pause } from '../support/pause.js';
import type { LockWorld } from './lock-contract.js';

export function handOverCases({ backend, locker }: LockWorld): void {
  describe('a lock that is handed over', () => {
    it('is the adopter’s, who extends and releases it; the former holder can do neither', async () => {
      const [ours, theirs] = [await locker({ ttl: 900 }), await locker({ ttl: 900 })];
      const lock = await ours.acquire('k');
      const text = lock.serialize();
      expect(lock.held).toBe(false);
      expect(lock.remaining).toBe(0);
      expect(lock.signal.aborted).toBe(false);
      expect(() => lock.assertHeld()).toThrow('it was handed over to whoever adopts it');
      expect(() => lock.serialize()).toThrow('handed over');

      const adopted = await theirs.adopt(text);
      expect(adopted.key).toBe('k');
      expect(adopted.fencingToken).toBeGreaterThan(lock.fencingToken);
      expect(await lock.extend()).toBe('lost');
      expect(await lock.release()).toBe('lost');
      await pause(1_300);
      adopted.assertHeld();
      expect(await ours.tryAcquire('k')).toBeNull();
      expect(await adopted.release()).toBe('released');
      expect(await backend().get('lock:k')).toBeNull();
    });

    it('goes to one of those who want to adopt it', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const text = (await ours.acquire('k')).serialize();
      const results = await Promise.allSettled([ours.adopt(text), theirs.adopt(text), theirs.adopt(text)]);
      const [adopted, ...more] = results.filter(({ status }) => status === 'fulfilled');
      expect(more).toEqual([]);
      for (const result of results) {
        if (result.status === 'rejected') {
          expect(result.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'taken', key: 'k' });
        }
      }
      await (adopted as PromiseFulfilledResult<{ release(): Promise<unknown> }>).value.release();
    });

    it('is no part of its former holder’s call, which ends as it likes', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const text = await ours.withLock('k', (lock) => lock.serialize());
      expect(await backend().get('lock:k')).not.toBeNull();
      await using _adopted = await theirs.adopt(text);
      expect(await ours.tryAcquire('k')).toBeNull();
    });

    it('is gone for who waited for the former holder, too, until the new one gives it back', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const lock = await ours.acquire('k');
      const waiting = ours.acquire('k');
      const text = lock.serialize();
      const adopted = await theirs.adopt(text);
      let granted = false;
      void waiting.then(() => (granted = true));
      await pause(50);
      expect(granted).toBe(false);
      await adopted.release();
      await (await waiting).release();
    });

    it('that nobody adopts expires', async () => {
      const ours = await locker({ ttl: 200 });
      const text = (await ours.acquire('k')).serialize();
      await eventually(() => backend().get('lock:k'), null);
      expect(await rejection(ours.adopt(text))).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
    });

    it('can be one that was taken without waiting, and can be handed on', async () => {
      const ours = await locker();
      const first = await ours.tryAcquire('k');
      const second = await ours.adopt(first!.serialize());
      const third = await ours.adopt(second.serialize());
      expect(await third.release()).toBe('released');
      expect(await backend().get('lock:k')).toBeNull();
    });

    it('can not be the lock of the call around it', async () => {
      const ours = await locker();
      await ours.withLock('k', () =>
        ours.withLock('k', (inner) => {
          expect(() => inner.serialize()).toThrow(TypeError);
          expect(inner.held).toBe(true);
        }),
      );
    });

    it('is refused when the text is another one, or from a locker with another prefix', async () => {
      const [ours, theirs] = [await locker(), await locker({ prefix: 'theirs:' })];
      const lock = await theirs.acquire('k');
      const text = lock.serialize();
      const error = await rejection(ours.adopt(text));
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toContain('another prefix than "lock:"');
      const wrong = ['', 'latchkey:1:', 'latchkey:1:AAAA', text.slice(0, -4), `x${text}`, 7, null, undefined];
      for (const value of wrong) {
        const refusal = await rejection(ours.adopt(value as string));
        expect(refusal).toBeInstanceOf(TypeError);
        expect(inspect(refusal)).not.toContain(text);
      }
      await (await theirs.adopt(text)).release();
    });
  });
}
