import type { Adapter } from '../../src/index.js';
import { acquire, grant, KEYS, OURS, release, THEIRS } from '../support/scripts.js';
import { useEars } from '../support/subscriptions.js';
import type { UseBackend } from './adapter-contract.js';

/** What a server may refuse in the middle of a script, and what somebody else may have put beside a lock. */
export function passingErrorCases(use: UseBackend): void {
  const listen = useEars();

  describe('a lock that somebody waits for', () => {
    let adapter: Adapter;
    beforeEach(async () => {
      adapter = await use().open();
      await grant(adapter);
    });

    const server = () => use().server!;
    const waiting = async () => (await use().waiting(KEYS)).map(([token]) => token);
    const listenTo = (...channels: string[]) =>
      listen(adapter, (...message) => use().publish(...message), channels);
    const mute = async (): Promise<Adapter> => {
      const rights = ['reset', 'on', '>secret', '+@all', '~*', 'resetchannels', '&allowed'];
      await server().command('ACL', 'SETUSER', 'mute', ...rights);
      return use().open({ username: 'mute', password: 'secret' });
    };

    it('is freed by who may not publish, and those that wait keep their places', async () => {
      const theirs = await mute();
      const heard = await listenTo('channel');
      await acquire(adapter, { token: THEIRS }, 'channel');
      expect(await release(theirs)).toBe('released');
      expect(await use().get(KEYS.lock)).toBeNull();
      expect(await heard()).toEqual([]);
      expect(await waiting()).toEqual([THEIRS]);
    });

    it('is granted, when it is free, to who may not publish', async () => {
      const theirs = await mute();
      await listenTo('channel');
      await acquire(adapter, { token: THEIRS }, 'channel');
      await use().delete(KEYS.lock);
      await grant(theirs);
      expect(await waiting()).toEqual([THEIRS]);
    });

    it('is passed on by who may publish on that channel alone', async () => {
      const theirs = await mute();
      const heard = await listenTo('allowed');
      await acquire(adapter, { token: THEIRS }, 'allowed');
      expect(await release(theirs)).toBe('released');
      expect(await use().get(KEYS.lock)).toMatch(`${THEIRS} `);
      expect(await heard()).toHaveLength(1);
    });

    it.each([
      ['listens', ['channel']],
      ['does not listen', []],
    ])('is given back while memory is used up, to one who %s', async (_, channels) => {
      const heard = await listenTo(...channels);
      await acquire(adapter, { token: THEIRS }, 'channel');
      await server().command('CONFIG', 'SET', 'maxmemory', '1');
      try {
        expect(await release(adapter)).toBe('released');
      } finally {
        await server().command('CONFIG', 'SET', 'maxmemory', '0');
      }
      // Whether the server lets the lock pass is its own affair: told and held, or neither.
      const value = await use().get(KEYS.lock);
      expect(value ?? '').not.toMatch(`${OURS} `);
      expect(await heard()).toHaveLength(value === null ? 0 : 1);
      expect(await waiting()).toEqual(value === null ? [THEIRS] : []);
    });

    it('is not renewed while memory is used up, when no fencing token can be noted', async () => {
      await acquire(adapter, { token: THEIRS }, 'channel');
      await server().command('CONFIG', 'SET', 'maxmemory', '1');
      try {
        await expect(acquire(adapter)).rejects.toThrow(/^OOM/);
      } finally {
        await server().command('CONFIG', 'SET', 'maxmemory', '0');
      }
    });

    it('is freed, and nobody told, by who may take nobody out of the queue', async () => {
      const rights = ['reset', 'on', '>secret', '+@all', '-hdel', '~*', '&*'];
      await server().command('ACL', 'SETUSER', 'clumsy', ...rights);
      const heard = await listenTo('channel');
      await acquire(adapter, { token: THEIRS }, 'channel');
      expect(await release(await use().open({ username: 'clumsy', password: 'secret' }))).toBe('released');
      expect(await use().get(KEYS.lock)).toBeNull();
      expect(await heard()).toEqual([]);
    });

    it('lets nobody join while memory is used up', async () => {
      await server().command('CONFIG', 'SET', 'maxmemory', '1');
      try {
        await expect(acquire(adapter, { token: THEIRS }, 'channel')).rejects.toThrow(/^OOM/);
      } finally {
        await server().command('CONFIG', 'SET', 'maxmemory', '0');
      }
      expect(await waiting()).toEqual([]);
    });

    it('is not passed on to a token in the queue of which nothing is noted', async () => {
      await server().command('ZADD', KEYS.queue, '1', THEIRS);
      const heard = await listenTo('channel');
      await acquire(adapter, { token: 'third' }, 'channel');
      expect(await release(adapter)).toBe('released');
      expect(await use().get(KEYS.lock)).toMatch('third ');
      expect(await heard()).toHaveLength(1);
      expect((await use().keys()).sort()).toEqual([KEYS.fence, KEYS.lock].sort());
    });

    it('goes to the last one last, also when the clock was set back behind those that wait', async () => {
      await server().command('ZADD', KEYS.queue, '8600000000000000', 'first');
      await server().command('HSET', KEYS.waiters, 'first', '9999999999999999 1000 1 channel who');
      await acquire(adapter, { token: THEIRS }, 'channel');
      expect(await waiting()).toEqual(['first', THEIRS]);
    });

    it('is not passed on by a note without a place in the queue', async () => {
      const heard = await listenTo('channel');
      await server().command('HSET', KEYS.waiters, THEIRS, '9999999999999999 1000 1 channel who');
      expect(await release(adapter)).toBe('released');
      expect(await use().get(KEYS.lock)).toBeNull();
      expect(await heard()).toEqual([]);
    });

    it('is given back although a list lies at the fence key', async () => {
      const heard = await listenTo('channel');
      await acquire(adapter, { token: THEIRS }, 'channel');
      await use().delete(KEYS.fence);
      await server().command('RPUSH', KEYS.fence, 'element');
      expect(await release(adapter)).toBe('released');
      expect(await use().get(KEYS.lock)).toBeNull();
      expect(await heard()).toEqual([]);
    });

    it('is neither granted nor renewed while a list lies at the fence key, which stays as it is', async () => {
      await use().delete(KEYS.fence);
      await server().command('RPUSH', KEYS.fence, 'element');
      await expect(acquire(adapter, { ttl: 60_000 })).rejects.toThrow(/^WRONGTYPE /);
      expect(await use().ttl(KEYS.lock)).toBeLessThanOrEqual(10_000);
      await release(adapter);
      await expect(acquire(adapter, {}, 'channel')).rejects.toThrow(/^WRONGTYPE /);
      expect(await use().keys()).toEqual([KEYS.fence]);
      expect(await server().command('LRANGE', KEYS.fence, '0', '-1')).toEqual(['element']);
    });
  });
}
