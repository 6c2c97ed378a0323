import { toRedisKeys } from '../../src/keys.js';
import type { Call } from '../../src/kinds/kind.js';
import { mutex } from '../../src/kinds/mutex.js';
import { eventually } from '../support/pause.js';
import { acquire, grant, OURS, send, tenure, THEIRS, WHO, valueOf } from '../support/scripts.js';
import type { UseBackend } from './adapter-contract.js';

export function joinedCases(use: UseBackend): void {
  const A = toRedisKeys('', 'a');
  const B = toRedisKeys('', 'b');
  const take = (keys = A, token = OURS, channel?: string) => mutex.acquire(tenure({ keys, token }), channel);
  const give = (keys = A, token = OURS) => mutex.release({ keys, token });
  /** Does them as one call. @returns each one's reply as its own call reads it, or the code of its error */
  const join = async (...calls: Call<unknown>[]): Promise<unknown[]> => {
    const adapter = await use().open();
    const joined = mutex.join(calls);
    const replies = joined.read(await send(adapter, joined));
    return replies.map((reply, i) =>
      typeof reply === 'string' ? reply.split(' ')[0] : calls[i]!.read(reply),
    );
  };
  const GRANTED = { granted: true, fence: expect.any(Number), at: expect.any(Number) };

  describe('mutex-steps', () => {
    it('answers each step as its own script does, in their order', async () => {
      expect(await join(take(A), take(B, THEIRS), give(B, OURS), give(B, THEIRS))).toEqual([
        GRANTED,
        GRANTED,
        'lost',
        'released',
      ]);
      expect(await use().get('a')).toMatch(valueOf(OURS));
      expect(await use().get('b')).toBeNull();
    });

    it('extends among other steps', async () => {
      const extend = (keys = A, token = OURS) =>
        mutex.extend(tenure({ keys, token }), 60_000, Number.MAX_SAFE_INTEGER);
      expect(await join(take(A), extend(A), take(B, THEIRS), extend(B), give(A))).toEqual([
        GRANTED,
        'extended',
        GRANTED,
        'lost',
        'released',
      ]);
      expect(await use().ttl('b')).toBeLessThanOrEqual(10_000);
    });

    it('adopts among other steps', async () => {
      const adoptBy = (heir: string) => mutex.adopt(tenure({ keys: A, token: heir }), OURS);
      const [granted, adopted, late, again] = await join(
        take(A),
        adoptBy(THEIRS),
        adoptBy('x'.repeat(27)),
        adoptBy(THEIRS),
      );
      expect([adopted, late, again]).toEqual([
        { adopted: true, fence: expect.any(Number) },
        { adopted: false },
        { adopted: true, fence: expect.any(Number) },
      ]);
      expect((adopted as { fence: number }).fence).toBeGreaterThan((granted as { fence: number }).fence);
      expect(await use().get('a')).toMatch(valueOf(THEIRS));
    });

    it('takes several locks among other steps', async () => {
      const C = toRedisKeys('', 'c');
      const both = (token = OURS) =>
        mutex.acquireAll([tenure({ keys: A, token }), tenure({ keys: B, token })]);
      const ALL = { granted: true, fences: [expect.any(Number), expect.any(Number)] };
      expect(
        await join(take(C), both(), both(THEIRS), give(A), both(THEIRS), give(B), both(THEIRS), give(C)),
      ).toEqual([
        GRANTED,
        ALL,
        expect.objectContaining({ granted: false, index: 0, holder: WHO }),
        'released',
        expect.objectContaining({ granted: false, index: 1, holder: WHO }),
        'released',
        ALL,
        'released',
      ]);
      expect(await use().get('c')).toBeNull();
    });

    it('does a step on what the one before it has left', async () => {
      const replies = await join(take(), take(A, THEIRS), give(), take(A, THEIRS), give(A, THEIRS), take());
      expect(replies).toEqual([
        GRANTED,
        {
          granted: false,
          ttlLeft: expect.any(Number),
          holder: WHO,
          heldFor: expect.any(Number),
          at: expect.any(Number),
        },
        'released',
        GRANTED,
        'released',
        GRANTED,
      ]);
      const fences = [replies[0], replies[3], replies[5]].map((reply) => (reply as { fence: number }).fence);
      expect(fences).toEqual([...new Set(fences)].sort((one, other) => one - other));
    });

    it('lets those wait in the order of their steps, although they come at the same time', async () => {
      await grant(await use().open(), { keys: A });
      const waiters = ['z', 'y', 'x', 'zz'].map((letter) => letter.repeat(27 / letter.length));
      await join(...waiters.map((token) => take(A, token, 'nobody')));
      expect((await use().waiting(A)).map(([token]) => token)).toEqual(waiters);
    });

    it('ends a step with its own error and does the others', async () => {
      await use().set(B.fence, 'garbage');
      expect(await join(take(A), take(B), give(B), take(A, THEIRS))).toEqual([
        GRANTED,
        'BADFENCE',
        'lost',
        expect.objectContaining({ granted: false }),
      ]);
      expect(await use().get('b')).toBeNull();
      // An error that breaks the step off, too: something of another type lies at the key.
      await use().enqueue(B, THEIRS, 'note');
      const odd = { ...toRedisKeys('', 'c'), lock: B.waiters };
      expect(await join(take(odd), give(A), take(odd), take(A, THEIRS))).toEqual([
        'WRONGTYPE',
        'released',
        'WRONGTYPE',
        GRANTED,
      ]);
    });

    it('grants by message to who waits, whichever step gives the lock back', async () => {
      const adapter = await use().open();
      const heard: string[] = [];
      const stop = await adapter.subscribe('channel', (message) => heard.push(message));
      await grant(adapter, { keys: A });
      await acquire(adapter, { keys: A, token: THEIRS }, 'channel');
      expect(await join(take(B), give(A), give(B))).toEqual([GRANTED, 'released', 'released']);
      expect(await use().get('a')).toMatch(valueOf(THEIRS));
      await eventually(() => heard.length, 1);
      await stop();
    });
  });
}
