import { createLocker, type Locker } from '../../src/index.js';
import { eventually, pause } from '../support/pause.js';
import type { LockWorld } from './lock-contract.js';

/** What becomes of locks, waiters and commands when their locker is closed. */
export function closingCases({ backend, locker }: LockWorld): void {
  it('closes at the end of an `await using` block', async () => {
    let closed: Locker;
    {
      await using ours = createLocker(await backend().connect());
      closed = ours;
      const lock = await ours.acquire('k');
      void lock.release();
    }
    await expect(closed.acquire('k')).rejects.toMatchObject({ code: 'LOCK_CLOSED' });
    expect(await backend().keys()).toEqual([]);
  });

  it('closes: waiters and new calls are refused, a holder may finish, nothing is left', async () => {
    const ours = await locker();
    const lock = await ours.acquire('k');
    const waiting = ours.acquire('k').catch((reason: unknown) => reason);
    const closed = ours.close();
    expect(await waiting).toMatchObject({ code: 'LOCK_CLOSED', key: 'k' });
    const refused: unknown[] = [];
    ours.on('refused', ({ key, error }) => refused.push([key, (error as { code?: string }).code]));
    await expect(ours.acquire('other')).rejects.toMatchObject({ code: 'LOCK_CLOSED' });
    expect(refused).toEqual([['other', 'LOCK_CLOSED']]);
    expect(await lock.release()).toBe('released');
    await closed;
    expect(await backend().keys()).toEqual([]);
  });

  it('closes as soon as the last lock is given back or over, and not after the grace', async () => {
    const [ours, theirs] = [await locker(), await locker()];
    const lock = await ours.acquire('k');
    setTimeout(() => void lock.release(), 50);
    await theirs.acquire('left to expire', { ttl: 100, extend: false });
    const start = performance.now();
    await Promise.all([ours.close({ grace: 60_000 }), theirs.close({ grace: 60_000 })]);
    expect(performance.now() - start).toBeLessThan(2_000);
    // What is over for its holder is over in Redis a moment later.
    await eventually(async () => (await backend().keys()).length, 0);
  });

  it('extends what is held for the whole grace, and lets holders go into their own locks meanwhile', async () => {
    // Two thirds of it are left when it is extended: so long this machine may be busy with something else.
    const ours = await locker({ ttl: 900 });
    let closed = false;
    const call = ours.withLock('k', async (lock) => {
      void ours.close({ grace: 5_000 }).then(() => (closed = true));
      await pause(1_000);
      lock.assertHeld();
      expect(closed).toBe(false);
      await expect(ours.acquire('other')).rejects.toMatchObject({ code: 'LOCK_CLOSED' });
      return ours.withLock('k', () => 'finished');
    });
    expect(await call).toBe('finished');
    await ours.close();
  });

  it('closes: after the grace the locks of holders are given back under them', async () => {
    const [ours, theirs] = [await locker(), await locker()];
    const lock = await ours.acquire('k');
    await ours.close({ grace: 50 });
    expect(lock.held).toBe(false);
    expect(await backend().keys()).toEqual([]);
    await using _next = await theirs.acquire('k', { timeout: 0 });
  });

  it('closes as the first call to close says, whatever later ones say', async () => {
    const ours = await locker();
    const lock = await ours.acquire('k');
    const first = ours.close({ grace: 5_000 });
    const second = ours.close({ grace: 0 });
    await pause(50);
    expect(lock.held).toBe(true);
    expect(await lock.release()).toBe('released');
    await Promise.all([first, second]);
  });

  it('closes while commands are under way, and then nothing of them comes to be', async () => {
    const ours = await locker();
    const calls = Array.from({ length: 50 }, (_, i) => ours.acquire(i));
    const closed = ours.close({ grace: 0 });
    const results = await Promise.allSettled(calls);
    await closed;
    expect(new Set(results.map(({ status }) => status))).toEqual(new Set(['rejected']));
    expect(await backend().keys()).toEqual([]);
  });
}
