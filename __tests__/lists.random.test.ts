import * as fc from 'fast-check';

import { createLocker, type Lock, memory } from '../src/index.js';
import { keysIn } from './support/keys-left.js';
import { settle } from './support/virtual-environment.js';

it('calls with random lists, in whatever order, are alone with each key, end, and leave nothing', async () => {
  const keys = ['a', 'b', 'c', 'd'];
  const list = fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 4 });
  const call = fc.record({
    list,
    inner: fc.option(list),
    by: fc.nat(2),
    turns: fc.nat(3),
    timeout: fc.constantFrom(0, 5_000, 5_000),
  });
  const property = fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 14 }), async (calls) => {
    const adapter = memory();
    const lockers = [0, 1, 2].map(() => createLocker(adapter, { ttl: 5_000 }));
    const inside = new Map<string, number>();
    const fences = new Map<string, number>();
    const work = async (lock: Lock, turns: number): Promise<void> => {
      for (const [key, fence] of lock.fencingTokens) {
        expect(inside.has(key)).toBe(false);
        expect(fence).toBeGreaterThan(fences.get(key) ?? 0);
        inside.set(key, fence);
        fences.set(key, fence);
      }
      for (let turn = 0; turn < turns; turn++) await settle();
      for (const key of lock.keys) inside.delete(key);
    };
    const outcomes = await Promise.allSettled(
      calls.map(async ({ list, inner, by, turns, timeout }) =>
        lockers[by]!.withLock(
          list,
          async (lock) => {
            await work(lock, turns);
            // Only what is held: other keys would not be in order.
            const held = inner?.filter((key) => list.includes(key)) ?? [];
            if (held.length === 0) return;
            await lockers[by]!.withLock(held, (deeper) => {
              for (const key of held) expect(deeper.fencingTokens.get(key)).toBe(lock.fencingTokens.get(key));
            });
          },
          { timeout },
        ),
      ),
    );
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(calls[i]!.timeout).toBe(0);
    }
    await Promise.all(lockers.map((locker) => locker.close()));
    expect(keysIn(adapter)).toEqual([]);
  });
  await fc.assert(property, { numRuns: 60 });
});
