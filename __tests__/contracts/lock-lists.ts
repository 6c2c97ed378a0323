import type { Lock } from '../../src/index.js';
import { rejection } from '../support/deferred.js';
import { pause } from '../support/pause.js';
import { listWorld } from './list-world.js';
import type { LockWorld } from './lock-contract.js';

/** What a busy machine may add to a promised time, in ms. */
const BUSY = 150;

/** How several keys are taken, all or none. */
export function listCases(world: LockWorld): void {
  const { open, stopwatch, taken, settled } = listWorld(world);

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
      const took = stopwatch();
      await held.release();
      expect(await call).toBeGreaterThan(50);
      expect(took()).toBeLessThan(100 + BUSY);
      expect(await taken()).toEqual([]);
    });

    it('is granted after the ttl of a holder of one of its keys that has died', async () => {
      const [ours, theirs] = [await open(), await open()];
      await theirs.acquire('b', { ttl: 300, extend: false });
      const took = stopwatch();
      await ours.withLock(['a', 'b'], () => undefined);
      expect(took()).toBeLessThan(300 + 100 + BUSY);
    });

    it('that is not granted in time leaves nothing behind; the error names the key in the way', async () => {
      const [ours, theirs] = [await open(), await open()];
      await using _held = await theirs.acquire('b', { name: 'Theirs' });
      const [since, took] = [performance.now(), stopwatch()];
      const error = await rejection(ours.acquire(['c', 'a', 'b'], { timeout: 600 }));
      const waited = performance.now() - since;
      expect(took()).toBeLessThan(600 + BUSY + 100);
      expect(error).toMatchObject({
        code: 'LOCK_TIMEOUT',
        key: 'b',
        holder: expect.stringMatching(/ Theirs$/),
      });
      expect((error as Error).message).toContain('within its timeout of 600 ms');
      expect(waited).toBeGreaterThanOrEqual(600);
      await settled('b');
      await using _a = await theirs.acquire(['a', 'c'], { timeout: 0 });
    });

    it('has one timeout for all of its waits', async () => {
      const [ours, theirs] = [await open(), await open()];
      const [a, b] = [await theirs.acquire('a'), await theirs.acquire('b')];
      setTimeout(() => void a.release(), 200);
      const took = stopwatch();
      expect(await rejection(ours.acquire(['a', 'b'], { timeout: 900 }))).toMatchObject({
        code: 'LOCK_TIMEOUT',
        key: 'b',
        waited: expect.closeTo(900, -2.5),
      });
      expect(took()).toBeLessThan(900 + BUSY + 100);
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
  });
}
