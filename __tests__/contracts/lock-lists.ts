import { currentLock, type Lock, type LockEvents } from '../../src/index.js';
import { deferred, rejection } from '../support/deferred.js';
import { eventually, pause } from '../support/pause.js';
import type { LockWorld } from './lock-contract.js';

/** What a busy machine may add to a promised time, in ms. */
const BUSY = 150;
const TTL = 600;

const LOST = { code: 'LOCK_LOST', retryable: false };

export function listCases({ backend, locker }: LockWorld): void {
  /** With all keys in one hash slot, so that a Cluster can take them together, too. */
  const open: typeof locker = (options) => locker({ prefix: '{l}:', ...options });
  /** Which of the locks are taken, of whomever. */
  const taken = async (): Promise<string[]> =>
    (await backend().keys()).filter((key) => /^\{l\}:[^~]*$/.test(key)).sort();
  const settled = async (...keys: string[]): Promise<void> =>
    eventually(async () => (await taken()).join(), keys.map((key) => `{l}:${key}`).join());

  describe('a lock of several keys', () => {
    it('is held as a whole while the body runs, and given back as a whole', async () => {
      const [ours, theirs] = [await open(), await open()];
      const result = await ours.withLock(['b', 'a', 'c'], async (lock) => {
        expect(await taken()).toEqual(['{l}:a', '{l}:b', '{l}:c']);
        for (const key of ['a', 'b', 'c']) expect(await theirs.tryAcquire(key)).toBeNull();
        return [lock.key, lock.keys];
      });
      expect(result).toEqual(['b, a, c', ['b', 'a', 'c']]);
      expect(await taken()).toEqual([]);
    });

    it('has a fencing token for each key, each higher than the one before it, and none for all', async () => {
      const ours = await open();
      const before = new Map<string, number>();
      for (const list of [['a'], ['b', 'a'], ['a', 'c'], ['c', 'b', 'a']]) {
        await using lock = await ours.acquire(list);
        expect([...lock.fencingTokens.keys()]).toEqual(list);
        for (const [key, token] of lock.fencingTokens) {
          expect(token).toBeGreaterThan(before.get(key) ?? 0);
          before.set(key, token);
        }
        if (list.length > 1) expect(() => lock.fencingToken).toThrow(TypeError);
        else expect(lock.fencingToken).toBe(lock.fencingTokens.get('a'));
      }
    });

    it('has each key once, and with one key is the lock of that key', async () => {
      const [ours, theirs] = [await open(), await open()];
      await using twice = await ours.acquire([7, 'k', '7', 7n]);
      expect(twice.keys).toEqual(['7', 'k']);
      const one = await ours.acquire(['one', 'one']);
      expect([one.key, one.keys, one.fencingToken]).toEqual(['one', ['one'], expect.any(Number)]);
      await using adopted = await theirs.adopt(one.serialize());
      expect(adopted.key).toBe('one');
    });

    it('is taken by nobody while one of its keys is somebody else’s: none of the others is then', async () => {
      const [ours, theirs] = [await open(), await open()];
      await using _held = await theirs.acquire('b', { name: 'Theirs' });
      expect(await ours.tryAcquire(['c', 'b', 'a'])).toBeNull();
      expect(await taken()).toEqual(['{l}:b']);
      const error = await rejection(ours.acquire(['c', 'b', 'a'], { timeout: 0 }));
      expect(error).toMatchObject({
        code: 'LOCK_TIMEOUT',
        key: 'b',
        holder: expect.stringMatching(/ Theirs$/),
      });
      expect(await ours.withLock(['a', 'b'], () => 'done', { onBusy: 'skip' })).toBeUndefined();
      expect(await taken()).toEqual(['{l}:b']);
    });

    it('is not taken either when its own locker has one of the keys', async () => {
      const ours = await open();
      await using _held = await ours.acquire('b');
      expect(await ours.tryAcquire(['a', 'b'])).toBeNull();
      expect(await taken()).toEqual(['{l}:b']);
      await using _pair = await ours.acquire(['c', 'd']);
      expect(await ours.tryAcquire(['a', 'd'])).toBeNull();
      expect(await taken()).toEqual(['{l}:b', '{l}:c', '{l}:d']);
    });

    it('waits for the key that is somebody else’s and has those before it meanwhile', async () => {
      const [ours, theirs] = [await open(), await open()];
      const held = await theirs.acquire('b');
      const body = jest.fn(async (lock: Lock) => {
        expect(await taken()).toEqual(['{l}:a', '{l}:b', '{l}:c']);
        return lock.waited;
      });
      const call = ours.withLock(['c', 'b', 'a'], body);
      await settled('a', 'b');
      await pause(50);
      expect(body).not.toHaveBeenCalled();
      const since = performance.now();
      await held.release();
      expect(await call).toBeGreaterThan(50);
      expect(performance.now() - since).toBeLessThan(100 + BUSY);
      expect(await taken()).toEqual([]);
    });

    it('is granted after the ttl of a holder of one of its keys that has died', async () => {
      const [ours, theirs] = [await open(), await open()];
      await theirs.acquire('b', { ttl: 300, extend: false });
      const since = performance.now();
      await ours.withLock(['a', 'b'], () => undefined);
      expect(performance.now() - since).toBeLessThan(300 + 100 + BUSY);
    });

    it('that is not granted in time leaves nothing behind; the error names the key in the way', async () => {
      const [ours, theirs] = [await open(), await open()];
      await using _held = await theirs.acquire('b', { name: 'Theirs' });
      const since = performance.now();
      const error = await rejection(ours.acquire(['c', 'a', 'b'], { timeout: 200 }));
      const waited = performance.now() - since;
      expect(error).toMatchObject({
        code: 'LOCK_TIMEOUT',
        key: 'b',
        holder: expect.stringMatching(/ Theirs$/),
      });
      expect((error as Error).message).toContain('within its timeout of 200 ms');
      expect(waited).toBeGreaterThanOrEqual(200);
      expect(waited).toBeLessThan(200 + BUSY + 100);
      await settled('b');
      await using _a = await theirs.acquire(['a', 'c'], { timeout: 0 });
    });

    it('has one timeout for all of its waits', async () => {
      const [ours, theirs] = [await open(), await open()];
      const [a, b] = [await theirs.acquire('a'), await theirs.acquire('b')];
      setTimeout(() => void a.release(), 200);
      const since = performance.now();
      expect(await rejection(ours.acquire(['a', 'b'], { timeout: 300 }))).toMatchObject({
        code: 'LOCK_TIMEOUT',
        key: 'b',
        waited: expect.closeTo(300, -2.5),
      });
      expect(performance.now() - since).toBeLessThan(300 + BUSY + 100);
      await b.release();
    });

    it('is given back as far as it is held when the caller stops waiting, and when the locker closes', async () => {
      const [ours, other, theirs] = [await open(), await open(), await open()];
      await using _held = await theirs.acquire('b');
      const abort = new AbortController();
      const reason = new Error('gone');
      const body = jest.fn();
      const aborted = rejection(ours.withLock(['a', 'b'], body, { signal: abort.signal }));
      await settled('a', 'b');
      abort.abort(reason);
      expect(await aborted).toBe(reason);
      await settled('b');

      // The server has given it the first one a little before it knows.
      const waits = new Promise<void>((resolve) => {
        other.on('waiting', ({ key }) => {
          if (key === 'b') resolve();
        });
      });
      const closed = rejection(other.withLock(['a', 'b'], body));
      await waits;
      await settled('a', 'b');
      await other.close();
      expect(await closed).toMatchObject({ code: 'LOCK_CLOSED', key: 'b' });
      expect(await taken()).toEqual(['{l}:b']);
      expect(body).not.toHaveBeenCalled();
      await expect(ours.acquire(['x', 'y'], { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      await expect(other.acquire(['x', 'y'])).rejects.toMatchObject({ code: 'LOCK_CLOSED' });
      await expect(other.tryAcquire(['x', 'y'])).rejects.toMatchObject({ code: 'LOCK_CLOSED' });
    });

    it('never overlaps with another one that shares a key, in whatever order they are named', async () => {
      const lockers = [await open(), await open(), await open()];
      const lists = [['a', 'b'], ['b', 'a'], ['c', 'b'], ['a', 'c'], ['c', 'b', 'a'], ['b'], ['a']];
      const inside = new Set<string>();
      let done = 0;
      const calls = Array.from({ length: 84 }, (_, i) => {
        const list = lists[i % lists.length]!;
        return lockers[i % 3]!.withLock(list, async () => {
          for (const key of list) expect(inside.has(key)).toBe(false);
          for (const key of list) inside.add(key);
          await pause(1);
          for (const key of list) inside.delete(key);
          done++;
        });
      });
      await Promise.all(calls);
      expect(done).toBe(84);
      expect(await taken()).toEqual([]);
    });

    it('lasts as long as the shortest of its leases, which are all extended', async () => {
      const ours = await open({ ttl: 150 });
      await ours.withLock(['a', 'b'], async (lock) => {
        for (let i = 0; i < 5; i++) {
          await pause(60);
          lock.assertHeld();
          expect(await taken()).toEqual(['{l}:a', '{l}:b']);
        }
        expect(lock.remaining).toBeLessThanOrEqual(150);
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
        const since = performance.now();
        await backend().delete(`{l}:${key}`);
        expect(await reason).toMatchObject({ ...LOST, key, reason: 'taken' });
        expect(performance.now() - since).toBeLessThan(TTL / 3 + 50 + BUSY);
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
      const [ours, theirs] = [await open({ ttl: 300 }), await open()];
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
      const [ours, theirs] = [await open({ ttl: 300, extend: false }), await open()];
      const held = await theirs.acquire('b');
      const lost: unknown[] = [];
      ours.on('lost', (event) => lost.push(event));
      const call = ours.withLock(['a', 'b'], (lock) => lock.remaining);
      await pause(500);
      expect(await taken()).toEqual(['{l}:a', '{l}:b']);
      await held.release();
      expect(await call).toBeGreaterThan(150);
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

  describe('inside a lock of several keys', () => {
    it('currentLock() is that lock, and calls for its keys, or for several of them, go in with it', async () => {
      const ours = await open();
      await ours.withLock(['a', 'b', 'c'], async (lock) => {
        expect(currentLock()).toBe(lock);
        await pause(1);
        expect(currentLock()).toBe(lock);
        await ours.withLock('a', async (inner) => {
          expect(currentLock()).toBe(inner);
          expect(inner.fencingToken).toBe(lock.fencingTokens.get('a'));
        });
        await ours.withLock(['c', 'b'], async (inner) => {
          expect(currentLock()).toBe(inner);
          expect(inner.fencingTokens.get('b')).toBe(lock.fencingTokens.get('b'));
          expect(await ours.tryAcquire('a')).not.toBeNull();
        });
        expect(currentLock()).toBe(lock);
        expect(lock.held).toBe(true);
      });
      expect(currentLock()).toBeUndefined();
    });

    it('calls of the same keys exclude each other, and of others do not', async () => {
      const ours = await open();
      const order: string[] = [];
      await ours.withLock(['a', 'b', 'c'], async () => {
        const sibling = (name: string, keys: string[]): Promise<void> =>
          ours.withLock(keys, async () => {
            order.push(`${name} in`);
            await pause(30);
            order.push(`${name} out`);
          });
        await Promise.all([sibling('1', ['b', 'a']), sibling('2', ['a', 'c']), sibling('3', ['c'])]);
      });
      expect(order.indexOf('3 in')).toBeLessThan(order.indexOf('1 out'));
      expect(order.indexOf('2 in')).toBeGreaterThan(order.indexOf('1 out'));
    });

    it('a list of held and of other keys goes in with those, and takes the others', async () => {
      const [ours, theirs] = [await open(), await open()];
      await ours.withLock(['b', 'x'], async (outer) => {
        await ours.withLock(['a', 'b', 'c'], async (inner) => {
          expect(await taken()).toEqual(['{l}:a', '{l}:b', '{l}:c', '{l}:x']);
          expect(inner.fencingTokens.get('b')).toBe(outer.fencingTokens.get('b'));
          expect(await theirs.tryAcquire(['a', 'z'])).toBeNull();
        });
        expect(await taken()).toEqual(['{l}:b', '{l}:x']);
        const held = await theirs.acquire('c');
        expect(await ours.tryAcquire(['a', 'b', 'c'])).toBeNull();
        await settled('b', 'c', 'x');
        await held.release();
        await expect(ours.acquire(['a', 'b'], { reentrant: false })).rejects.toMatchObject({
          code: 'LOCK_REENTRY',
          reason: 'own-lock',
          key: 'b',
        });
        expect(outer.held).toBe(true);
      });
      expect(await taken()).toEqual([]);
    });

    it('what is inside one of the keys is told when another one is lost', async () => {
      const ours = await open({ ttl: 300 });
      const outer = ours.withLock(['a', 'b'], async () =>
        ours.withLock('b', async (inner) => {
          const told = new Promise((resolve) => inner.signal.addEventListener('abort', resolve));
          await backend().delete('{l}:a');
          await told;
          return 'done';
        }),
      );
      expect(await rejection(outer)).toMatchObject({ ...LOST, key: 'b', reason: 'released' });
    });

    it('a call outlives neither the whole nor a part', async () => {
      const ours = await open();
      const { promise: outlive, resolve: letGo } = deferred();
      let late: Promise<Lock> | undefined;
      await ours.withLock(['a', 'b'], async () => {
        late = outlive.then(() => ours.acquire(['a', 'b']));
      });
      letGo();
      await using lock = (await late)!;
      expect(lock.held).toBe(true);
    });

    it('calls that wait for each other’s lists fail at once, and what was taken for them is given back', async () => {
      const ours = await open();
      const { promise: all, resolve: allHold } = deferred();
      let holding = 0;
      const call = (outer: string[], inner: string[], name: string): Promise<unknown> =>
        ours.withLock(
          outer,
          async () => {
            if (++holding === 2) allHold();
            await all;
            return ours.withLock(inner, () => 'done', { name: `${name}.inner` });
          },
          { name },
        );
      const since = performance.now();
      const results = await Promise.allSettled([
        call(['a', 'b'], ['x', 'c'], 'One'),
        call(['c', 'd'], ['y', 'b'], 'Two'),
      ]);
      expect(performance.now() - since).toBeLessThan(2_000);
      expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
      const { reason } = results.find(({ status }) => status === 'rejected') as PromiseRejectedResult;
      expect(reason).toMatchObject({ code: 'LOCK_REENTRY', reason: 'deadlock' });
      expect((reason as Error).message).toMatch(/"(One|Two)" holds "[bc]" and waits for "[bc]"/);
      await settled();
    });

    it('lock.run makes work that of an acquired list', async () => {
      const ours = await open();
      await using lock = await ours.acquire(['a', 'b']);
      expect(await ours.tryAcquire('b')).toBeNull();
      await lock.run(async () => {
        expect(currentLock()).toBe(lock);
        await using inner = await ours.acquire('b', { timeout: 0 });
        expect(inner.held).toBe(true);
      });
    });

    it('wrapped functions and async generators hold all keys that their key function names', async () => {
      const [ours, theirs] = [await open(), await open()];
      const both = (from: string, to: string): string[] => [from, to];
      const move = ours.wrap(both, async (_from, _to) => taken());
      expect(await move('b', 'a')).toEqual(['{l}:a', '{l}:b']);
      const steps = ours.wrap(both, async function* (_from: string, _to: string) {
        yield currentLock()?.keys;
        yield await theirs.tryAcquire(['c', 'a']);
      });
      const seen: unknown[] = [];
      for await (const step of steps('b', 'a')) seen.push(step);
      expect(seen).toEqual([['b', 'a'], null]);
      expect(await taken()).toEqual([]);
    });
  });
}
