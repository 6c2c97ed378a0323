import { currentLock, type Lock } from '../../src/index.js';
import { deferred, rejection } from '../support/deferred.js';
import { pause } from '../support/pause.js';
import { listWorld } from './list-world.js';
import type { LockWorld } from './lock-contract.js';

const LOST = { code: 'LOCK_LOST', retryable: false };

/** What calls from inside a lock of several keys are. */
export function insideListCases(world: LockWorld): void {
  const { backend, open, taken, settled } = listWorld(world);

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
      const ours = await open({ ttl: 900 });
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
