import type { Adapter } from '../../src/index.js';
import { mutex } from '../../src/kinds/mutex.js';
import { acquire, grant, KEYS, OURS, release, THEIRS, valueOf } from '../support/scripts.js';
import { useEars } from '../support/subscriptions.js';
import type { UseBackend } from './adapter-contract.js';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(27)) as [string, string, string];
/** Notes that no acquire has written. */
const NO_NOTES = [
  '',
  'garbage',
  '9999999999999999',
  '9999999999999999 1000',
  '9999999999999999 1000 1',
  '9999999999999999 1000 1 a',
  '9999999999999999 1000 a who',
  '-1 1000 1 a who',
  '9999999999999999 -1000 1 a who',
  '9999999999999999 1e3 1 a who',
  '9999999999999999  1 a who',
  '9999999999999999 1000 1  who',
  ' 9999999999999999 1000 1 a who',
  '9999999999999999\t1000\t1\ta\twho',
];

/** How a lock goes from one holder to the next without being free. */
export function passingCases(use: UseBackend): void {
  const listen = useEars();

  describe('passing on', () => {
    let adapter: Adapter;
    beforeEach(async () => {
      adapter = await use().open();
      await grant(adapter, { token: THEIRS });
    });

    const waiting = async () => (await use().waiting(KEYS)).map(([token]) => token);
    const listenTo = (...channels: string[]) =>
      listen(adapter, (...message) => use().publish(...message), channels);
    const wait = async (token: string, channel: string, change = {}) =>
      expect(await acquire(adapter, { token, ...change }, channel)).toMatchObject({ granted: false });
    const lock = () => use().get(KEYS.lock);

    it('makes who has waited longest the holder, and tells them alone', async () => {
      const heard = await listenTo('a', 'b', 'c');
      await wait(A, 'a', { ttl: 5_000, who: 'who is A', sections: 11 });
      await wait(B, 'b');
      await wait(C, 'c');
      await wait(A, 'a', { ttl: 6_000, who: 'who is A', sections: 11 });
      const fence = Number(await use().get(KEYS.fence));
      expect(await release(adapter, { token: THEIRS })).toBe('released');

      expect(await lock()).toMatch(valueOf(A, 'who is A'));
      expect(await use().ttl(KEYS.lock)).toBeGreaterThan(5_000);
      expect(await use().ttl(KEYS.lock)).toBeLessThanOrEqual(6_000);
      expect(await waiting()).toEqual([B, C]);
      const messages = await heard();
      expect(messages).toEqual([['a', expect.stringMatching(/^a{27} 6000 \d{16} \d{16}$/)]]);
      const told = mutex.readGrant(messages[0]![1]);
      expect(told).toEqual({ token: A, ttl: 6_000, fence: expect.any(Number), at: expect.any(Number) });
      expect(told!.fence).toBeGreaterThan(fence);
      expect(Number(await use().get(KEYS.fence))).toBe(told!.fence + 10);
    });

    it('goes on until nobody is left, and leaves the fence alone behind', async () => {
      const heard = await listenTo('a', 'b', 'c');
      await wait(A, 'a');
      await wait(B, 'b');
      await wait(C, 'c');
      for (const token of [THEIRS, A, B, C]) {
        expect(await lock()).toMatch(`${token} `);
        expect(await release(adapter, { token })).toBe('released');
      }
      expect((await heard()).map(([channel, message]) => [channel, message.split(' ')[0]])).toEqual([
        ['a', A],
        ['b', B],
        ['c', C],
      ]);
      expect(await use().keys()).toEqual([KEYS.fence]);
    });

    it('tells no more of those that it passes on to than their holder', async () => {
      await listenTo('a');
      await wait(A, 'a', { who: 'who is A' });
      await release(adapter, { token: THEIRS });
      const reply = await acquire(adapter);
      expect(reply).toMatchObject({ granted: false, holder: 'who is A' });
      expect(JSON.stringify(reply)).not.toContain(A);
    });

    it('grants it again, with other fences, to who has not heard of it and asks', async () => {
      const heard = await listenTo('a');
      await wait(A, 'a', { ttl: 5_000 });
      await release(adapter, { token: THEIRS });
      const { fence } = await grant(adapter, { token: A, ttl: 10_000 });
      expect(await use().ttl(KEYS.lock)).toBeGreaterThan(9_000);
      const [[, message] = ['', '']] = await heard();
      expect(fence).toBeGreaterThan(mutex.readGrant(message)!.fence);
      expect(await waiting()).toEqual([]);
    });

    it('skips those that do not listen, who keep their places', async () => {
      const heard = await listenTo('c');
      await wait(A, 'a');
      await wait(B, 'b');
      await wait(C, 'c');
      expect(await release(adapter, { token: THEIRS })).toBe('released');
      expect(await lock()).toMatch(`${C} `);
      expect((await heard()).map(([channel]) => channel)).toEqual(['c']);
      expect(await waiting()).toEqual([A, B]);
    });

    it.each([
      [10_000, 2_000],
      [1_000, 1_000],
    ])('lends it to who may listen somewhere else, of %i ms for %i', async (ttl, lent) => {
      const heard = await listenTo('c');
      await wait(A, 'latchkey:any:a', { ttl });
      await wait(C, 'c');
      expect(await release(adapter, { token: THEIRS })).toBe('released');
      expect(await lock()).toMatch(`${A} `);
      expect(await use().ttl(KEYS.lock)).toBeLessThanOrEqual(lent);
      expect(await use().ttl(KEYS.lock)).toBeGreaterThan(lent - 1_000);
      expect(await heard()).toEqual([]);
      // Who has heard of it asks for the rest.
      await grant(adapter, { token: A, ttl });
      expect(await use().ttl(KEYS.lock)).toBeGreaterThan(ttl - 1_000);
    });

    it('tells for how long it lends it', async () => {
      const heard = await listenTo('latchkey:any:a');
      await wait(A, 'latchkey:any:a');
      await release(adapter, { token: THEIRS });
      expect(await heard()).toEqual([['latchkey:any:a', expect.stringMatching(/^a{27} 2000 \d+ \d+$/)]]);
    });

    it('frees the lock when nobody listens, and all keep their places', async () => {
      await wait(A, 'a');
      await wait(B, 'b');
      expect(await release(adapter, { token: THEIRS })).toBe('released');
      expect(await lock()).toBeNull();
      expect(await waiting()).toEqual([A, B]);
    });

    it('goes to those that listen again', async () => {
      await wait(A, 'a');
      await release(adapter, { token: THEIRS });
      const heard = await listenTo('a');
      expect(await acquire(adapter)).toMatchObject({ granted: false });
      expect(await lock()).toMatch(`${A} `);
      expect(await heard()).toHaveLength(1);
    });

    it('removes those whose deadline is over, whether they listen or not', async () => {
      const heard = await listenTo('a', 'c');
      const { at } = await acquire(adapter);
      await use().enqueue(KEYS, A, `${at - 1} 1000 1 a who`);
      await use().enqueue(KEYS, B, '1 1000 1 b who');
      await wait(C, 'c');
      expect(await release(adapter, { token: THEIRS })).toBe('released');
      expect(await lock()).toMatch(`${C} `);
      expect((await heard()).map(([channel]) => channel)).toEqual(['c']);
      expect((await use().keys()).sort()).toEqual([KEYS.fence, KEYS.lock].sort());
    });

    it.each(NO_NOTES)('removes a place with the note %j', async (note) => {
      const heard = await listenTo('a');
      await use().enqueue(KEYS, A, note);
      expect(await release(adapter, { token: THEIRS })).toBe('released');
      expect(await heard()).toEqual([]);
      expect(await use().keys()).toEqual([KEYS.fence]);
    });

    it('does not go back to the one who releases', async () => {
      const heard = await listenTo('a');
      await use().enqueue(KEYS, THEIRS, '9999999999999999 1000 1 a who');
      expect(await release(adapter, { token: THEIRS })).toBe('released');
      expect(await heard()).toEqual([]);
      expect(await use().keys()).toEqual([KEYS.fence]);
    });

    it('happens only for the holder', async () => {
      const heard = await listenTo('a', 'b');
      await wait(A, 'a');
      await wait(B, 'b');
      expect(await release(adapter)).toBe('lost');
      expect(await release(adapter, { token: B })).toBe('lost');
      expect(await lock()).toMatch(`${THEIRS} `);
      expect(await heard()).toEqual([]);
      expect(await waiting()).toEqual([A]);
    });

    it.each([
      ['which then waits behind', 'ours', [B, OURS]],
      ['which does not wait', undefined, [B]],
    ])('happens in an acquire of a lock that has become free, %s', async (_, channel, left) => {
      const heard = await listenTo('a', 'b', 'ours');
      await wait(A, 'a', { ttl: 5_000, who: 'who is A' });
      await wait(B, 'b');
      await use().delete(KEYS.lock);
      const reply = await acquire(adapter, { ttl: 20_000 }, channel);
      expect(reply).toMatchObject({ granted: false, holder: 'who is A' });
      expect(await lock()).toMatch(valueOf(A, 'who is A'));
      const { ttlLeft } = reply as { ttlLeft: number };
      expect(ttlLeft).toBeGreaterThan(4_000);
      expect(ttlLeft).toBeLessThanOrEqual(5_000);
      expect((await heard()).map(([to]) => to)).toEqual(['a']);
      expect(await waiting()).toEqual(left);
    });

    it('does not happen when the first of the queue acquires the lock that has become free', async () => {
      const heard = await listenTo('a', 'b');
      await wait(A, 'a');
      await wait(B, 'b');
      await use().delete(KEYS.lock);
      expect(await acquire(adapter, { token: A }, 'a')).toMatchObject({ granted: true });
      expect(await heard()).toEqual([]);
      expect(await waiting()).toEqual([B]);
    });

    it('does not happen to those behind the one who acquires', async () => {
      const heard = await listenTo('b', 'c');
      await wait(A, 'a');
      await wait(B, 'b');
      await wait(C, 'c');
      await use().delete(KEYS.lock);
      await grant(adapter, { token: B });
      expect(await lock()).toMatch(`${B} `);
      expect(await heard()).toEqual([]);
      expect(await waiting()).toEqual([A, C]);
    });

    it.each(['', ' ', '  two  spaces ', 'é 鍵 🔑', 'line\nline', '99 99 99', '%d %s $1 \\1'])(
      'takes the name %j of who waits literally',
      async (who) => {
        await listenTo('a');
        await wait(A, 'a', { who });
        await release(adapter, { token: THEIRS });
        expect(await lock()).toMatch(valueOf(A, who));
        expect(await acquire(adapter)).toMatchObject({ holder: who === '' ? undefined : who });
      },
    );

    it.each([
      'latchkey:x',
      '*',
      'a*',
      '[ab]',
      '{a}',
      '__proto__',
      '%s',
      'é🔑',
      'no-break\u00a0space',
      '\u2028',
    ])('tells on the channel %j, which it takes literally', async (channel) => {
      const heard = await listenTo(channel, 'ab');
      await wait(A, channel);
      await release(adapter, { token: THEIRS });
      expect((await heard()).map(([to, message]) => [to, message.split(' ')[0]])).toEqual([[channel, A]]);
    });
  });
}
