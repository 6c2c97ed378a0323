import { currentLock, type Lock } from '../src/index.js';
import { collectGarbage } from './support/collect-garbage.js';
import { deferred, rejection } from './support/deferred.js';
import { settle } from './support/virtual-environment.js';
import { holdBack, virtualLocker } from './support/virtual-locker.js';

it('a nested call is told of the end of the section around it, in whatever moment of its grant that comes', async () => {
  for (let moment = 0; moment < 12; moment++) {
    const { adapter, locker } = virtualLocker();
    let inner: Promise<string> | undefined;
    await locker.withLock('k', async () => {
      inner = locker.withLock('k', async (lock) => {
        await settle();
        return lock.held ? 'a lock of its own' : 'told';
      });
      inner.catch(() => undefined);
      for (let turn = 0; turn < moment; turn++) await Promise.resolve();
    });
    const outcome = await inner!.catch((error: unknown) => (error as { code: string }).code);
    expect({ moment, outcome }).toEqual({
      moment,
      outcome: expect.stringMatching(/^(a lock of its own|LOCK_LOST)$/),
    });
    await locker.close();
    expect(adapter.keyspace.get('lock:k')).toBeNull();
  }
});

describe('a call from inside', () => {
  it('does not stop a program that closes while the lease is extended for it', async () => {
    const { environment, adapter, locker } = virtualLocker({ extend: false });
    const letGo = holdBack(adapter, 'mutex-extend');
    let inner: Promise<unknown> | undefined;
    const outer = locker.withLock('k', async () => {
      void locker.close({ grace: 60_000 });
      inner = rejection(locker.withLock('k', () => 'never', { ttl: 60_000 }));
      await settle();
    });
    await outer;
    letGo();
    expect(await inner).toMatchObject({ code: 'LOCK_CLOSED' });
    await environment.pass(10);
    await locker.close();
    expect(adapter.keyspace.get('lock:k')).toBeNull();
  });

  it.each([0, 1_000])(
    'whose section ends while the lease is extended for it waits on, if it waits: timeout %i',
    async (timeout) => {
      const { environment, adapter, locker } = virtualLocker({ extend: false });
      const letGo = holdBack(adapter, 'mutex-extend');
      let inner: Promise<unknown> | undefined;
      await locker.withLock('k', async () => {
        inner = locker.withLock('k', () => 'ran', { ttl: 60_000, timeout }).catch((error: unknown) => error);
        await settle();
      });
      letGo();
      await environment.pass(1);
      const wanted = timeout === 0 ? { code: 'LOCK_BACKEND', reason: 'TOO_SLOW' } : 'ran';
      expect(await inner).toEqual(timeout === 0 ? expect.objectContaining(wanted as object) : wanted);
      await locker.close();
      expect(adapter.keyspace.get('lock:k')).toBeNull();
    },
  );

  it('waits on in the section around the one that has ended, and not behind its own caller', async () => {
    const { locker } = virtualLocker();
    const order: string[] = [];
    await locker.withLock('k', async (outer) => {
      let siblings: Promise<unknown>[] = [];
      await locker.withLock('k', async () => {
        const work = (name: string) => async (lock: Lock) => {
          await settle();
          order.push(`${name} ${lock.fencingToken === outer.fencingToken ? 'inside' : 'elsewhere'}`);
        };
        siblings = ['x', 'y'].map((name) => locker.withLock('k', work(name), { timeout: Infinity }));
        await Promise.resolve();
      });
      await Promise.allSettled(siblings);
    });
    expect(order).toContain('y inside');
  });

  it('is not told of a deadlock because of a call that does not wait', async () => {
    const { adapter, locker } = virtualLocker();
    const second = await locker.acquire('k2', { timeout: 0 });
    let letGo: (() => void) | undefined;
    const { run } = adapter;
    const first = locker.withLock('k1', async () => {
      adapter.run = async (script, keys, args) => {
        if (keys[0] === 'lock:k2') await new Promise<void>((resolve) => (letGo = resolve));
        return run(script, keys, args);
      };
      return locker.withLock('k2', () => 'ran', { onBusy: 'skip' });
    });
    await settle();
    adapter.run = run;
    const crossing = second.run(() => locker.withLock('k1', () => 'after the other'));
    letGo?.();
    expect(await first).toBeUndefined();
    expect(await crossing).toBe('after the other');
    await second.release();
  });

  it('is not told of a deadlock because of a call that has stopped waiting', async () => {
    const { environment, locker } = virtualLocker();
    const second = await locker.acquire('k2');
    const impatient = deferred();
    const first = locker.withLock('k1', async () => {
      await rejection(locker.withLock('k2', () => 'never', { timeout: 50 }));
      await impatient.promise;
      return 'did without';
    });
    await environment.pass(50);
    const crossing = second.run(() => locker.withLock('k1', () => 'after the other'));
    await settle();
    impatient.resolve();
    expect(await first).toBe('did without');
    expect(await crossing).toBe('after the other');
    await second.release();
  });

  it('finds a circle through a lock that was taken without waiting', async () => {
    const { locker } = virtualLocker();
    const second = (await locker.tryAcquire('k2'))!;
    const first = locker.withLock('k1', () => locker.withLock('k2', () => 'got both'));
    await settle();
    const crossing = await rejection(
      second.run(() => locker.withLock('k1', () => 'never', { timeout: 1_000 })),
    );
    expect(crossing).toMatchObject({ code: 'LOCK_REENTRY', reason: 'deadlock' });
    await second.release();
    expect(await first).toBe('got both');
  });

  it('is one also when what the body returns begins its work only when it is waited for', async () => {
    const { locker } = virtualLocker();
    const seen: unknown[] = [];
    const lazy = (): PromiseLike<string> => ({
      then: (resolve) => {
        seen.push(currentLock()?.key);
        return locker.withLock('k', () => 'went in', { timeout: 0 }).then(resolve);
      },
    });
    expect(await locker.withLock('k', lazy)).toBe('went in');
    expect(seen).toEqual(['k']);
  });
});

it('lock.run makes its work part of the lock, and nothing of what its caller does after it', async () => {
  const { locker } = virtualLocker();
  await using lock = await locker.acquire('k');
  expect(lock.run(() => currentLock())).toBe(lock);
  expect(currentLock()).toBeUndefined();
  const fails = (): never => {
    throw new Error('of the work');
  };
  expect(() => lock.run(fails)).toThrow('of the work');
  expect(currentLock()).toBeUndefined();
});

it('work that starts its successor keeps nothing of its predecessors', async () => {
  const { locker } = virtualLocker();
  const locks: WeakRef<Lock>[] = [];
  const tick = async (left: number): Promise<void> => {
    let after: Promise<void> | undefined;
    await locker.withLock('k', (lock) => {
      locks.push(new WeakRef(lock));
      after = new Promise((resolve) => setImmediate(resolve)).then(() =>
        left > 0 ? tick(left - 1) : undefined,
      );
    });
    await after;
  };
  await tick(50);
  await collectGarbage();
  expect(locks.filter((lock) => lock.deref() !== undefined).length).toBeLessThan(10);
});

declare const COVERED: boolean;
(COVERED ? it.skip : it)(
  `work that goes on into its successor keeps nothing of what was before that and has ended${
    COVERED ? ' (coverage keeps what it counts: npm test)' : ''
  }`,
  async () => {
    const { locker } = virtualLocker();
    const locks: WeakRef<Lock>[] = [];
    const [last, finish] = [deferred(), deferred()];
    // Not in a closure of the successor, which would keep its predecessor by itself.
    let begun = (): void => undefined;
    const step = async (left: number): Promise<void> => {
      await locker.withLock(left, async (lock) => {
        locks.push(new WeakRef(lock));
        begun();
        // Until the one around it has ended.
        for (let turns = 0; turns < 5; turns++) await new Promise((resolve) => setImmediate(resolve));
        if (left === 0) return (last.resolve(), finish.promise);
        await new Promise<void>((resolve) => {
          begun = resolve;
          void step(left - 1);
        });
        return undefined;
      });
    };
    void step(50);
    await last.promise;
    await collectGarbage();
    expect(locks.filter((lock) => lock.deref() !== undefined).length).toBeLessThan(10);
    finish.resolve();
    await locker.close();
  },
);

it('the engine does not work in the section of whoever notices the end of a lease', async () => {
  const { environment, adapter, locker } = virtualLocker({ extend: false });
  const seen: unknown[] = [];
  const { run } = adapter;
  const next = await locker.withLock(
    'k',
    async (lock) => {
      const waiting = locker.acquire('other');
      await (await waiting).release();
      adapter.run = (...call) => (seen.push(currentLock()), run(...call));
      environment.stall(7_000);
      expect(lock.held).toBe(false);
      await settle();
      return 'done';
    },
    { onLost: 'abort' },
  );
  expect(next).toBe('done');
  expect(new Set(seen)).toEqual(new Set([undefined]));
});
