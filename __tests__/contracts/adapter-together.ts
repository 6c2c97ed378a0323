import type { Adapter } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import type { AcquireAllReply, LockKeys, Tenure } from '../../src/kinds/kind.js';
import { mutex } from '../../src/kinds/mutex.js';
import { pause } from '../support/pause.js';
import { acquire, grant, OURS, release, send, tenure, THEIRS, valueOf, WHO } from '../support/scripts.js';
import { useEars } from '../support/subscriptions.js';
import type { AdapterBackend, UseBackend } from './adapter-contract.js';

/** All in one hash slot, so that a Cluster can do it, too. */
const [A, B, C] = ['a', 'b', 'c'].map((key) => toRedisKeys('', `{t}:${key}`)) as [
  LockKeys,
  LockKeys,
  LockKeys,
];
const ALL: readonly LockKeys[] = [A, B, C];

async function take(adapter: Adapter, change: Partial<Tenure> = {}, locks = ALL): Promise<AcquireAllReply> {
  const [first, ...more] = locks.map((keys) => tenure({ ...change, keys }));
  const call = mutex.acquireAll([first!, ...more]);
  return call.read(await send(adapter, call));
}

function there(backend: AdapterBackend): Promise<(string | null)[]> {
  return Promise.all(ALL.map(({ lock }) => backend.get(lock)));
}

/** Several locks in one step: all of them, or none. */
export function togetherCases(use: UseBackend): void {
  describe('mutex-acquire-all', () => {
    let adapter: Adapter;
    beforeEach(async () => {
      adapter = await use().open();
    });

    const fencesOf = (reply: AcquireAllReply): readonly number[] => {
      if (!reply.granted) throw new Error(`not granted: ${reply.index} is held`);
      return reply.fences;
    };

    it('takes all when all are free, each with its value, its expiry and its fencing token', async () => {
      await use().set(B.fence, '8600000000000000');
      const reply = await take(adapter, { sections: 3 });
      expect(reply).toEqual({ granted: true, fences: Array(3).fill(expect.any(Number)) });
      const fences = fencesOf(reply);
      for (const [i, { lock, fence }] of ALL.entries()) {
        expect(await use().get(lock)).toMatch(valueOf(OURS));
        expect(await use().ttl(lock)).toBeGreaterThan(9_000);
        expect(await use().get(fence)).toBe(String(fences[i]! + 2));
      }
      expect(fences[1]).toBe(8_600_000_000_000_001);
    });

    it.each([0, 1, 2])('takes none when number %i is taken, and tells who has it', async (index) => {
      const { fence } = await grant(adapter, { keys: ALL[index]!, token: THEIRS, who: 'who has it' });
      const before = await use().keys();
      expect(await take(adapter)).toEqual({
        granted: false,
        index,
        holder: 'who has it',
        heldFor: expect.any(Number),
        ttlLeft: expect.any(Number),
        at: expect.any(Number),
      });
      expect((await use().keys()).sort()).toEqual(before.sort());
      expect(await use().get(ALL[index]!.fence)).toBe(String(fence));
    });

    it('tells nothing of a value of another program, and waits for it without an expiry', async () => {
      await use().set(B.lock, 'foreign value');
      expect(await take(adapter)).toMatchObject({
        granted: false,
        index: 1,
        holder: undefined,
        ttlLeft: undefined,
      });
      expect(await there(use())).toEqual([null, 'foreign value', null]);
    });

    it('takes again what is its own, for the whole ttl and never for less, with new fencing tokens', async () => {
      const first = fencesOf(await take(adapter, { ttl: 1_000 }));
      const again = fencesOf(await take(adapter));
      for (const [i, fence] of again.entries()) expect(fence).toBeGreaterThan(first[i]!);
      await take(adapter, { ttl: 1_000 });
      for (const { lock } of ALL) expect(await use().ttl(lock)).toBeGreaterThan(9_000);
    });

    it('of which an earlier copy has some only takes the rest', async () => {
      await grant(adapter, { keys: A });
      await grant(adapter, { keys: C });
      expect(await take(adapter)).toMatchObject({ granted: true });
      for (const value of await there(use())) expect(value).toMatch(valueOf(OURS));
    });

    it('is given back lock by lock', async () => {
      await take(adapter);
      for (const keys of ALL) expect(await release(adapter, { keys })).toBe('released');
      expect(await there(use())).toEqual([null, null, null]);
    });

    it('takes no place in a queue', async () => {
      await grant(adapter, { keys: C, token: THEIRS });
      await take(adapter);
      for (const keys of ALL) expect(await use().waiting(keys)).toEqual([]);
    });

    it('takes none when there is something else than a fencing token at one fence key', async () => {
      await use().set(C.fence, 'garbage');
      await expect(take(adapter)).rejects.toThrow(/^BADFENCE /);
      expect(await there(use())).toEqual([null, null, null]);
      // Nor does it keep what an earlier copy has taken: who is told of an error has nothing.
      await grant(adapter, { keys: A });
      await expect(take(adapter)).rejects.toThrow(/^BADFENCE /);
      expect(await there(use())).toEqual([null, null, null]);
    });

    it('takes 64 of them', async () => {
      const many = Array.from({ length: 64 }, (_, i) => toRedisKeys('', `{t}:${i}`));
      expect(await take(adapter, {}, many)).toMatchObject({ granted: true, fences: { length: 64 } });
      expect(await take(adapter, { token: THEIRS }, many)).toMatchObject({
        granted: false,
        index: 0,
        holder: WHO,
      });
    });

    it('takes them when the one in the way has expired', async () => {
      await grant(adapter, { keys: B, token: THEIRS, ttl: 30 });
      await pause(60);
      expect(await take(adapter)).toMatchObject({ granted: true });
    });
  });
}

/** What those that wait get of it, where it is known whether they listen. */
export function overtakingCases(use: UseBackend): void {
  const listen = useEars();

  describe('mutex-acquire-all', () => {
    let adapter: Adapter;
    beforeEach(async () => {
      adapter = await use().open();
    });

    it('overtakes nobody who waits: a lock that has come free is theirs', async () => {
      const heard = await listen(adapter, (...message) => use().publish(...message), ['x']);
      await grant(adapter, { keys: B, token: THEIRS });
      const waiting = 'w'.repeat(27);
      await acquire(adapter, { keys: B, token: waiting, who: 'who waits' }, 'x');
      await use().delete(B.lock);
      expect(await take(adapter)).toMatchObject({ granted: false, index: 1, holder: 'who waits' });
      expect(await there(use())).toEqual([null, expect.stringMatching(valueOf(waiting, 'who waits')), null]);
      // Not even for a moment was the first one theirs.
      expect(await use().get(A.fence)).toBeNull();
      expect((await heard()).map(([channel, message]) => [channel, mutex.readGrant(message)?.token])).toEqual(
        [['x', waiting]],
      );
    });

    it('passes over who does not listen, and keeps their place', async () => {
      await grant(adapter, { keys: B, token: THEIRS });
      await acquire(adapter, { keys: B, token: 'w'.repeat(27) }, 'nobody');
      await use().delete(B.lock);
      expect(await take(adapter)).toMatchObject({ granted: true });
      expect((await use().waiting(B)).map(([token]) => token)).toEqual(['w'.repeat(27)]);
    });
  });
}
