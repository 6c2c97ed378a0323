import * as scripts from '../support/scripts.js';
import { KEYS, OURS, THEIRS, valueOf, WHO } from '../support/scripts.js';
import type { UseBackend } from './adapter-contract.js';

/** What an extension does, and to whose lock. */
export function extendCases(use: UseBackend): void {
  const acquire = async (token: string, ttl = 10_000, channel?: string) =>
    scripts.acquire(await use().open(), { token, ttl }, channel);
  const extend = async (token: string, ttl: number, fence?: number) =>
    scripts.extend(await use().open(), ttl, { token }, fence);
  const release = async (token: string) => scripts.release(await use().open(), { token });
  /** The fencing token with which the lock was granted. */
  const granted = async () => Number((await use().get('key'))!.split(' ')[1]);

  describe('mutex-extend', () => {
    it('lets our own lock last for the ttl from now', async () => {
      await acquire(OURS, 1_000);
      expect(await extend(OURS, 10_000)).toBe('extended');
      const ttl = await use().ttl('key');
      expect(ttl).toBeGreaterThan(9_000);
      expect(ttl).toBeLessThanOrEqual(10_000);
      expect(await use().get('key')).toMatch(valueOf(OURS));
    });

    it('never makes it shorter', async () => {
      await acquire(OURS, 10_000);
      expect(await extend(OURS, 1_000)).toBe('extended');
      expect(await use().ttl('key')).toBeGreaterThan(9_000);
    });

    it.each<[string, string | undefined, number | undefined]>([
      ['that is gone', undefined, undefined],
      ['that is somebody else’s', `${THEIRS} 7 1700000000000 ${WHO}`, 5_000],
      ['whose token only begins as ours', `${OURS}x 7 1700000000000 ${WHO}`, 5_000],
      ['whose value is our token alone', OURS, 5_000],
      ['of another program, without an expiry', 'foreign', undefined],
    ])('neither takes nor touches a lock %s', async (_, value, ttl) => {
      if (value !== undefined) await use().set('key', value, ttl);
      for (const fence of [0, undefined]) expect(await extend(OURS, 60_000, fence)).toBe('lost');
      expect(await use().get('key')).toBe(value ?? null);
      expect(await use().ttl('key')).toBeLessThanOrEqual(5_000);
    });

    it('knows its grant by the fencing token, also when another reply has told of a later one', async () => {
      await acquire(OURS, 1_000);
      const fence = await granted();
      const again = (await acquire(OURS, 1_000)) as { fence: number };
      expect(again.fence).toBeGreaterThan(fence);
      expect(await granted()).toBe(fence);
      for (const known of [fence, again.fence]) expect(await extend(OURS, 10_000, known)).toBe('extended');
      expect(await use().ttl('key')).toBeGreaterThan(9_000);
    });

    it('knows what it has adopted by the fencing token of the first copy that has come', async () => {
      await acquire(OURS);
      const adapter = await use().open();
      const first = await scripts.adopt(adapter, OURS, { token: THEIRS });
      const fence = await granted();
      expect(first).toEqual({ adopted: true, fence });
      expect(await scripts.adopt(adapter, OURS, { token: THEIRS })).not.toEqual(first);
      expect(await granted()).toBe(fence);
      expect(await extend(THEIRS, 20_000, fence)).toBe('extended');
    });

    it.each([
      ['free', undefined],
      ['who waits', 'x'.repeat(27)],
    ])('leaves a lock to %s that was granted to it anew, of which it does not know', async (_, next) => {
      await acquire(OURS);
      const fence = await granted();
      await release(OURS);
      await acquire(OURS);
      expect(await granted()).toBeGreaterThan(fence);
      // Where listeners are counted, one that nobody can count.
      if (next !== undefined) await acquire(next, 10_000, 'latchkey:any:nobody');
      expect(await extend(OURS, 20_000, fence)).toBe('lost');
      const value = await use().get('key');
      if (next === undefined) {
        expect(value).toBeNull();
      } else {
        expect(value).toMatch(valueOf(next));
        expect(await use().get(KEYS.fence)).toBe(String(await granted()));
        expect(await use().waiting(KEYS)).toEqual([]);
      }
    });
  });
}
