import { currentLock, type Lock, type LockReentryError } from '../../src/index.js';
import { deferred, rejection } from '../support/deferred.js';
import { pause } from '../support/pause.js';
import type { LockWorld } from './lock-contract.js';

export function nestingCases({ backend, locker }: LockWorld): void {
  describe('inside a lock', () => {
    it('currentLock() is the innermost one, over awaits and timers, and outside there is none', async () => {
      const ours = await locker();
      const seen: unknown[] = [];
      const look = (lock: Lock): void => void seen.push(currentLock() === lock);
      await ours.withLock('a', async (a) => {
        look(a);
        await pause(5);
        look(a);
        await ours.withLock('b', async (b) => {
          await new Promise((done) => setTimeout(done, 5));
          look(b);
        });
        look(a);
        const sideBySide = async (c: Lock): Promise<void> => {
          await pause(5);
          look(c);
        };
        await Promise.all([ours.withLock('c', sideBySide), ours.withLock('d', sideBySide)]);
      });
      expect(seen).toEqual([true, true, true, true, true, true]);
      expect(currentLock()).toBeUndefined();
    });

    it('calls for the same lock go in with it: same lease, same fencing token, no command', async () => {
      const ours = await locker();
      const tokens: number[] = [];
      const values: (string | null)[] = [];
      await ours.withLock('k', async (outer) => {
        values.push(await backend().get('lock:k'));
        await ours.withLock('k', async (inner) => {
          expect(inner).not.toBe(outer);
          await using again = await ours.acquire('k', { timeout: 0 });
          tokens.push(outer.fencingToken, inner.fencingToken, again.fencingToken);
          expect([inner.held, again.held]).toEqual([true, true]);
        });
        expect(outer.held).toBe(true);
        values.push(await backend().get('lock:k'));
      });
      expect(new Set(tokens).size).toBe(1);
      expect(values[0]).not.toBeNull();
      expect(values[1]).toBe(values[0]);
    });

    it('siblings exclude each other, in their order, and each can be gone into', async () => {
      const ours = await locker();
      const order: string[] = [];
      await ours.withLock('k', async () => {
        const sibling = (name: string): Promise<void> =>
          ours.withLock('k', async () => {
            order.push(`${name} in`);
            await pause(10);
            await ours.withLock('k', async () => void order.push(`${name} deep`));
            order.push(`${name} out`);
          });
        await Promise.all(['a', 'b', 'c'].map(sibling));
      });
      expect(order).toEqual(['a', 'b', 'c'].flatMap((name) => [`${name} in`, `${name} deep`, `${name} out`]));
    });

    it('a sibling that waits has a timeout, a signal, and finds the lock busy with timeout 0', async () => {
      const ours = await locker();
      const abort = new AbortController();
      await ours.withLock('k', async () => {
        const { promise, resolve } = deferred();
        const first = ours.withLock('k', () => promise, { name: 'First.one' });
        const late = rejection(ours.withLock('k', () => 'never', { timeout: 30 }));
        const aborted = rejection(ours.withLock('k', () => 'never', { signal: abort.signal }));
        expect(await ours.tryAcquire('k')).toBeNull();
        abort.abort('enough');
        expect(await aborted).toBe('enough');
        const error = await late;
        expect(error).toMatchObject({ code: 'LOCK_TIMEOUT' });
        expect((error as Error).message).toContain('First.one');
        resolve();
        await first;
        expect(await ours.withLock('k', () => 'free again')).toBe('free again');
      });
    });

    it('what outlives the section has the lock no more, and is told; what still waits then waits with everybody else', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const { promise: end, resolve } = deferred();
      let inner: Lock | undefined;
      let detached: Promise<unknown> | undefined;
      let queued: Promise<unknown> | undefined;
      const tokens: number[] = [];
      await ours.withLock('k', async (outer) => {
        tokens.push(outer.fencingToken);
        detached = rejection(ours.withLock('k', (lock) => ((inner = lock), end)));
        await pause(5);
        queued = ours.withLock('k', (lock) => tokens.push(lock.fencingToken));
        expect(inner?.held).toBe(true);
      });
      expect(inner?.held).toBe(false);
      expect(inner?.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'released' });
      await queued;
      await theirs.withLock('k', (lock) => tokens.push(lock.fencingToken));
      expect(tokens).toEqual([...new Set(tokens)].sort((a, b) => a - b));
      expect(tokens).toHaveLength(3);
      resolve();
      expect(await detached).toMatchObject({ code: 'LOCK_LOST', reason: 'released' });
    });

    it('whoever goes on after its section gets a lock of its own, when it asks', async () => {
      const ours = await locker();
      let after: Promise<number> | undefined;
      const { promise, resolve } = deferred();
      const first = await ours.withLock('k', async ({ fencingToken }) => {
        after = promise.then(() => ours.withLock('k', (lock) => lock.fencingToken));
        return fencingToken;
      });
      resolve();
      expect(await after).toBeGreaterThan(first);
    });

    it('everybody inside is told when the lock is lost', async () => {
      const ours = await locker({ ttl: 900 });
      const call = rejection(
        ours.withLock('k', async (outer) => {
          await rejection(
            ours.withLock('k', async (inner) => {
              await backend().delete('lock:k');
              await new Promise((told) => inner.signal.addEventListener('abort', told));
              expect(inner.signal.reason).toMatchObject({ reason: 'taken' });
              expect(outer.signal.aborted).toBe(true);
            }),
          );
        }),
      );
      expect(await call).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
    });

    it('a call with a longer ttl than what is left is let in with a lease that is long enough', async () => {
      const ours = await locker();
      await ours.withLock(
        'k',
        async (outer) => {
          await ours.withLock('k', (inner) => expect(inner.remaining).toBeGreaterThan(2_000), { ttl: 8_000 });
          expect(outer.remaining).toBeGreaterThan(2_000);
        },
        { ttl: 500 },
      );
    });

    it('maxHold of an inner call ends that one, and not the lock', async () => {
      const ours = await locker();
      await ours.withLock('k', async (outer) => {
        const inner = rejection(ours.withLock('k', () => pause(150), { maxHold: 40 }));
        const next = ours.withLock('k', () => 'next');
        expect(await next).toBe('next');
        expect(await inner).toMatchObject({ reason: 'max-hold' });
        outer.assertHeld();
      });
    });

    it('A9 E1: with reentrant: false fails at once instead of waiting for itself', async () => {
      const ours = await locker();
      const error = await ours.withLock('k', () =>
        rejection(ours.withLock('k', () => 'never', { reentrant: false, name: 'Service.inner' })),
      );
      expect(error).toMatchObject({
        name: 'LockReentryError',
        code: 'LOCK_REENTRY',
        reason: 'own-lock',
        key: 'k',
      });
      expect((error as LockReentryError).retryable).toBe(false);
      expect((error as Error).message).toBe(
        'lock "k" was not waited for: "Service.inner" is called by its holder',
      );
      const strict = await locker({ reentrant: false });
      await strict.withLock('k', async () => {
        expect(await rejection(strict.acquire('k'))).toMatchObject({ code: 'LOCK_REENTRY' });
        expect(await strict.withLock('k', () => 'in', { reentrant: true })).toBe('in');
      });
    });

    it('A9 L1 E1: two calls that wait for each other are not left waiting: the one that closes the circle is told of both', async () => {
      const ours = await locker();
      const { promise: both, resolve: bothHold } = deferred();
      let holding = 0;
      const pay = (first: string, second: string, name: string): Promise<unknown> =>
        ours.withLock(
          first,
          async () => {
            if (++holding === 2) bothHold();
            await both;
            return ours.withLock(second, () => name, { name: `${name}.inner` });
          },
          { name },
        );
      const results = await Promise.allSettled([pay('a', 'b', 'Order.pay'), pay('b', 'a', 'Stock.move')]);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const { reason } = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
      expect(reason).toMatchObject({ code: 'LOCK_REENTRY', reason: 'deadlock', retryable: true });
      const { message } = reason as Error;
      expect(message).toContain('"Order.pay" holds "a" and waits for "b" in "Order.pay.inner"');
      expect(message).toContain('"Stock.move" holds "b" and waits for "a" in "Stock.move.inner"');
    });

    it('A9 L1 E1: a circle of three is found, and a chain that is none is not', async () => {
      const ours = await locker();
      const { promise: all, resolve: allHold } = deferred();
      let holding = 0;
      const step = (first: string, second: string): Promise<unknown> =>
        ours.withLock(first, async () => {
          if (++holding === 4) allHold();
          await all;
          return ours.withLock(second, () => 'done');
        });
      const calls = [step('a', 'b'), step('b', 'c'), step('c', 'a'), step('d', 'a')];
      const results = await Promise.allSettled(calls);
      expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
      expect(results[3]!.status).toBe('fulfilled');
    });

    it('lock.run makes work that of an acquired lock', async () => {
      const ours = await locker();
      await using lock = await ours.acquire('k');
      expect(currentLock()).toBeUndefined();
      expect(await ours.tryAcquire('k')).toBeNull();
      await lock.run(async () => {
        await pause(1);
        expect(currentLock()).toBe(lock);
        await using inner = await ours.acquire('k', { timeout: 0 });
        expect(inner.fencingToken).toBe(lock.fencingToken);
      });
    });

    it('another locker’s lock of the same key is another lock', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      await ours.withLock('k', async () => {
        const error = await rejection(theirs.acquire('k', { timeout: 400 }));
        expect(error).toMatchObject({ code: 'LOCK_TIMEOUT' });
      });
    });

    it('strangers do not get a caller’s lock: neither listeners nor who is served next', async () => {
      const ours = await locker({ ttl: 600 });
      const seen: unknown[] = [];
      for (const name of ['waiting', 'granted', 'extended', 'released'] as const) {
        ours.on(name, () => void seen.push(currentLock()));
      }
      let next: Promise<unknown> | undefined;
      const strangers: unknown[] = [];
      const stranger = (): Promise<unknown> =>
        ours.acquire('inner').then((lock) => (strangers.push(currentLock()), lock.release()));
      await ours.withLock('outer', async () => {
        await ours.withLock('inner', async () => {
          next = queue.add(stranger);
          await pause(500);
        });
      });
      await next;
      expect(seen.length).toBeGreaterThan(5);
      expect(new Set([...seen, ...strangers])).toEqual(new Set([undefined]));
    });
  });
}

/** Work that is started outside of any lock, by a timer that was there before. */
const queue = {
  jobs: [] as (() => void)[],
  add: (job: () => Promise<unknown>): Promise<unknown> =>
    new Promise((resolve) => queue.jobs.push(() => resolve(job()))),
};
setInterval(() => {
  for (const job of queue.jobs.splice(0)) job();
}, 5).unref();
