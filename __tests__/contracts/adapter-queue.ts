import type { Adapter } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import { pause } from '../support/pause.js';
import { acquire, grant, KEYS, OURS, PATIENCE, release, THEIRS } from '../support/scripts.js';
import type { UseBackend } from './adapter-contract.js';

const [A, B, C] = ['a', 'b', 'c'].map((letter) => letter.repeat(27)) as [string, string, string];

/** Who waits for a lock, in which order, and what is noted of them. */
export function queueCases(use: UseBackend): void {
  describe('the queue', () => {
    let adapter: Adapter;
    beforeEach(async () => {
      adapter = await use().open();
      await grant(adapter, { token: THEIRS });
    });

    const waiting = async () => (await use().waiting(KEYS)).map(([token]) => token);
    const note = async (token: string) => new Map(await use().waiting(KEYS)).get(token);
    /** Joins the queue, or asks again. */
    const wait = async (token: string, change = {}, channel = `to:${token}`) => {
      const reply = await acquire(adapter, { token, ...change }, channel);
      expect(reply.granted).toBe(false);
      return reply;
    };

    it('takes in who names a channel, and nobody else', async () => {
      await acquire(adapter);
      expect(await waiting()).toEqual([]);
      await wait(OURS);
      expect(await waiting()).toEqual([OURS]);
    });

    it('notes how long to keep the place, how to make the grant, and whom to tell', async () => {
      const { at } = await wait(A, { ttl: 1_234, sections: 11, who: 'host/2 who waits' }, 'channel');
      expect(await note(A)).toBe(`${at + PATIENCE * 1_000} 1234 11 channel host/2 who waits`);
    });

    it.each(['', ' ', '  two  spaces ', 'é 鍵 🔑', 'line\nline', '\0', '99 99 99 99 99', '%d %s $1 \\1'])(
      'keeps the name %j of who waits as it is',
      async (who) => {
        await wait(A, { who }, 'channel');
        expect(await note(A)).toMatch(/^\d+ 10000 1 channel /);
        expect((await note(A))!.split(' ').slice(4).join(' ')).toBe(who);
      },
    );

    it('is in the order of the first attempts, however often those that wait ask again', async () => {
      for (const token of [B, C, A, A, C, B]) await wait(token);
      expect(await waiting()).toEqual([B, C, A]);
    });

    it('takes the last attempt for what is to be granted, and keeps the place from there', async () => {
      await wait(A, { ttl: 1_000, who: 'before' }, 'before');
      const before = await note(A);
      await pause(5);
      const { at } = await wait(A, { ttl: 2_000, who: 'after', sections: 2 }, 'after');
      expect(await note(A)).toBe(`${at + PATIENCE * 1_000} 2000 2 after after`);
      expect(at + PATIENCE * 1_000).toBeGreaterThan(Number(before!.split(' ')[0]));
    });

    it('keeps the place of who asks again without a channel, as it was', async () => {
      await wait(A);
      await wait(B);
      const before = await note(A);
      await acquire(adapter, { token: A });
      expect(await waiting()).toEqual([A, B]);
      expect(await note(A)).toBe(before);
    });

    it('gives a new place, at the end, to who has left', async () => {
      await wait(A);
      await wait(B);
      expect(await release(adapter, { token: A })).toBe('lost');
      expect(await waiting()).toEqual([B]);
      await wait(A);
      expect(await waiting()).toEqual([B, A]);
    });

    it('lets who waits leave without touching the lock', async () => {
      await wait(A);
      const [value, ttl] = [await use().get(KEYS.lock), await use().ttl(KEYS.lock)];
      expect(await release(adapter, { token: A })).toBe('lost');
      expect(await use().get(KEYS.lock)).toBe(value);
      expect(await use().ttl(KEYS.lock)).toBeLessThanOrEqual(ttl);
      expect(await waiting()).toEqual([]);
    });

    it('does not let go of anybody for a token that is a part of theirs', async () => {
      await wait(A);
      for (const token of [A.slice(1), `${A}a`, '', `${A} `, '*']) await release(adapter, { token });
      expect(await waiting()).toEqual([A]);
    });

    it('does not take in the holder', async () => {
      expect(await acquire(adapter, { token: THEIRS }, 'channel')).toMatchObject({ granted: true });
      expect(await waiting()).toEqual([]);
    });

    it('leaves no key behind when the last one has left', async () => {
      await wait(A);
      await wait(B);
      await release(adapter, { token: B });
      await release(adapter, { token: A });
      expect((await use().keys()).sort()).toEqual([KEYS.fence, KEYS.lock].sort());
      await release(adapter, { token: THEIRS });
      expect(await use().keys()).toEqual([KEYS.fence]);
    });

    it('expires by itself when nobody asks any more', async () => {
      await wait(A);
      await wait(B);
      const beside = (await use().keys()).filter((key) => key !== KEYS.lock && key !== KEYS.fence);
      expect(beside.length).toBeGreaterThan(0);
      for (const key of beside) {
        expect(await use().ttl(key)).toBeGreaterThan(PATIENCE - 1_000);
        expect(await use().ttl(key)).toBeLessThanOrEqual(PATIENCE);
      }
    });

    it('expires later when somebody asks again', async () => {
      await wait(A);
      await pause(50);
      const beside = (await use().keys()).filter((key) => key !== KEYS.lock && key !== KEYS.fence);
      const before = await Promise.all(beside.map((key) => use().ttl(key)));
      await wait(A);
      const after = await Promise.all(beside.map((key) => use().ttl(key)));
      after.forEach((ttl, i) => expect(ttl).toBeGreaterThan(before[i]!));
    });

    it('is another one for each lock', async () => {
      const other = toRedisKeys('', 'other');
      await grant(adapter, { keys: other, token: THEIRS });
      await wait(A);
      await wait(B, { keys: other });
      expect(await waiting()).toEqual([A]);
      expect((await use().waiting(other)).map(([token]) => token)).toEqual([B]);
      await release(adapter, { token: B });
      await release(adapter, { token: A, keys: other });
      expect(await waiting()).toEqual([A]);
      expect((await use().waiting(other)).map(([token]) => token)).toEqual([B]);
    });

    it('shows no token in a reply, neither of the holder nor of those that wait', async () => {
      const replies: unknown[] = [];
      for (const token of [A, B, A]) replies.push(await wait(token));
      replies.push(await acquire(adapter), await release(adapter), await release(adapter, { token: A }));
      const shown = JSON.stringify(replies);
      for (const token of [A, B, OURS, THEIRS]) expect(shown).not.toContain(token);
    });
  });
}
