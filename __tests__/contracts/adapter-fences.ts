import type { Adapter } from '../../src/index.js';
import { mutex } from '../../src/kinds/mutex.js';
import { pause } from '../support/pause.js';
import { acquire, grant, KEYS, OURS, release, THEIRS, WHO, valueOf } from '../support/scripts.js';
import { useEars } from '../support/subscriptions.js';
import type { UseBackend } from './adapter-contract.js';

/** A day: how long a fence key outlives its last grant, in ms. */
const FENCE_TTL = 86_400_000;
/** A fencing token that no clock will give before the year 2242. */
const FAR_AHEAD = 8_600_000_000_000_000;

/** Not far beyond it numbers are no longer exact. */
const LAST = 9_000_000_000_000_000;

/** What is at a fence key and is no fencing token. */
const NO_FENCES = [
  '',
  ' ',
  '-1',
  '+1',
  '1.5',
  '1e3',
  '0x10',
  ' 1',
  '1 ',
  '1\n',
  'nan',
  'inf',
  '１',
  '1\0',
  'garbage',
  '1'.repeat(17),
  '00000000000000007',
  // Where numbers are not exact any more, or soon will not be.
  '9000000000000001',
  '9007199254740993',
  '9999999999999999',
];

export function fenceCases(use: UseBackend): void {
  const listen = useEars();
  let cases = 0;
  let channel: string;
  beforeEach(() => {
    // In the slot of the lock, so that what is sent to it on a Cluster comes from one node, in its order; and of this case alone.
    channel = `{key}:${++cases}`;
  });

  describe('fencing tokens', () => {
    let adapter: Adapter;
    beforeEach(async () => {
      adapter = await use().open();
    });

    const cycle = async (sections = 1): Promise<number> => {
      const { fence } = await grant(adapter, { sections });
      await release(adapter);
      return fence;
    };

    it('start at the clock of the server', async () => {
      const { fence, at } = await grant(adapter);
      expect(fence).toBe(at);
      expect(fence / 1_000).toBeGreaterThan(Date.UTC(2_020));
      expect(Number.isSafeInteger(fence)).toBe(true);
    });

    it('rise from grant to grant', async () => {
      let last = 0;
      for (let i = 0; i < 50; i++) {
        const fence = await cycle();
        expect(fence).toBeGreaterThan(last);
        last = fence;
      }
    });

    it('rise from section to section: a grant for several of them reserves as many', async () => {
      // Far ahead, so that the clock does not hide a block that is too small or too big.
      await use().set(KEYS.fence, String(FAR_AHEAD));
      const firsts: number[] = [];
      for (const sections of [1, 11, 2, 1_000, 1]) firsts.push((await cycle(sections)) - FAR_AHEAD);
      expect(firsts).toEqual([1, 2, 13, 15, 1_015]);
      expect(await use().get(KEYS.fence)).toBe(String(FAR_AHEAD + 1_015));
    });

    it('rise over grants that are passed on, which reserve what the waiter has asked for', async () => {
      const heard = await listen(adapter, (...message) => use().publish(...message), [channel]);
      await use().set(KEYS.fence, String(FAR_AHEAD));
      await grant(adapter);
      await acquire(adapter, { token: THEIRS, sections: 11 }, channel);
      await release(adapter);
      const [[, message] = ['', '']] = await heard();
      expect(mutex.readGrant(message)).toMatchObject({ token: THEIRS, fence: FAR_AHEAD + 2 });
      await release(adapter, { token: THEIRS });
      expect(await cycle()).toBe(FAR_AHEAD + 13);
    });

    it.each([
      ['the fence key alone', async () => use().delete(KEYS.fence)],
      ['everything', async () => Promise.all((await use().keys()).map(use().delete))],
    ])('rise although %s was lost', async (_, lose) => {
      let last = 0;
      for (let i = 0; i < 10; i++) {
        const fence = await cycle(3);
        expect(fence).toBeGreaterThan(last + 2);
        last = fence;
        await lose();
        // What was lost is made up for by the clock, by which a block of 3 is over in 3 µs.
        await pause(1);
      }
    });

    it.each(['0', '5', '0000000000000007'])('rise to the clock when the last one was %s', async (last) => {
      await use().set(KEYS.fence, last);
      const { fence, at } = await grant(adapter);
      expect(fence).toBe(at);
      expect(await use().get(KEYS.fence)).toBe(String(fence));
    });

    it('rise from one that is far ahead of the clock, as after the clock was set back', async () => {
      await use().set(KEYS.fence, String(FAR_AHEAD));
      expect(await cycle()).toBe(FAR_AHEAD + 1);
      expect(await cycle()).toBe(FAR_AHEAD + 2);
    });

    it('rise from the last one from which they can, and not beyond', async () => {
      await use().set(KEYS.fence, String(LAST));
      expect(await cycle()).toBe(LAST + 1);
      await expect(acquire(adapter)).rejects.toThrow(/^BADFENCE /);
    });

    it('are kept for a day from the last grant', async () => {
      await use().set(KEYS.fence, '5');
      for (const ttl of [1_000, 1_000_000, undefined]) {
        await use().set(KEYS.fence, (await use().get(KEYS.fence)) ?? '', ttl);
        await cycle();
        const left = await use().ttl(KEYS.fence);
        expect(left).toBeGreaterThan(FENCE_TTL - 10_000);
        expect(left).toBeLessThanOrEqual(FENCE_TTL);
      }
    });

    it('are new and higher for a token that asks again, and its expiry starts again', async () => {
      const first = await grant(adapter, { sections: 11, ttl: 1_000 });
      await use().set(KEYS.fence, String(FAR_AHEAD));
      const again = await grant(adapter, { sections: 11, ttl: 20_000 });
      expect(again.fence).toBe(FAR_AHEAD + 1);
      expect(again.at).toBeGreaterThan(first.at);
      expect(await use().get(KEYS.fence)).toBe(String(FAR_AHEAD + 11));
      expect(await use().ttl(KEYS.lock)).toBeGreaterThan(19_000);
      expect(await use().get(KEYS.lock)).toMatch(valueOf(OURS));
    });

    it('are not used up by those that wait or release', async () => {
      await grant(adapter, { token: THEIRS });
      const before = await use().get(KEYS.fence);
      await acquire(adapter);
      await acquire(adapter, {}, channel);
      await release(adapter);
      await release(adapter, { token: THEIRS });
      expect(await use().get(KEYS.fence)).toBe(before);
    });

    describe('when something else is at their key', () => {
      it.each(NO_FENCES)('are refused, and the lock with them: %j', async (garbage) => {
        await use().set(KEYS.fence, garbage);
        await expect(acquire(adapter, {}, channel)).rejects.toThrow(/^BADFENCE /);
        expect(await use().keys()).toEqual([KEYS.fence]);
        expect(await use().get(KEYS.fence)).toBe(garbage);
      });

      it('are refused to the holder that asks again; the lock stays as it is', async () => {
        await grant(adapter, { ttl: 5_000 });
        await use().set(KEYS.fence, 'garbage');
        await expect(acquire(adapter, { ttl: 20_000 })).rejects.toThrow(/^BADFENCE /);
        expect(await use().get(KEYS.lock)).toMatch(valueOf(OURS));
        expect(await use().ttl(KEYS.lock)).toBeLessThanOrEqual(5_000);
      });

      it('do not keep anybody from waiting', async () => {
        await grant(adapter, { token: THEIRS });
        await use().set(KEYS.fence, 'garbage');
        expect(await acquire(adapter, {}, channel)).toMatchObject({ granted: false, holder: WHO });
        expect(await use().waiting(KEYS)).toHaveLength(1);
      });

      it('do not keep a lock from being given back, which then goes to nobody', async () => {
        const heard = await listen(adapter, (...message) => use().publish(...message), [channel]);
        await grant(adapter);
        await acquire(adapter, { token: THEIRS }, channel);
        await use().set(KEYS.fence, 'garbage');
        expect(await release(adapter)).toBe('released');
        expect(await use().get(KEYS.lock)).toBeNull();
        expect(await heard()).toEqual([]);
        expect(await use().waiting(KEYS)).toHaveLength(1);
      });

      it('are refused on a free lock that somebody waits for, who keeps the place', async () => {
        const heard = await listen(adapter, (...message) => use().publish(...message), [channel]);
        await grant(adapter);
        await acquire(adapter, { token: THEIRS }, channel);
        await use().delete(KEYS.lock);
        await use().set(KEYS.fence, 'garbage');
        await expect(acquire(adapter)).rejects.toThrow(/^BADFENCE /);
        await expect(acquire(adapter, { token: THEIRS }, channel)).rejects.toThrow(/^BADFENCE /);
        expect(await use().get(KEYS.lock)).toBeNull();
        expect(await heard()).toEqual([]);
        expect(await use().waiting(KEYS)).toHaveLength(1);
      });
    });
  });
}
