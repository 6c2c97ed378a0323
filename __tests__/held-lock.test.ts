import { EngineLocker } from '../src/create-locker.js';
import { currentLock, memory, type Lock, type LockerOptions } from '../src/index.js';
import { collectGarbage } from './support/collect-garbage.js';
import { rejection } from './support/deferred.js';
import { settle, VirtualEnvironment } from './support/virtual-environment.js';

/** A locker in a world whose time passes when the test says so. */
function world(options: LockerOptions = {}) {
  const environment = new VirtualEnvironment();
  const adapter = memory({ now: () => environment.wall });
  const locker = new EngineLocker(adapter, { ttl: 6_000, ...options }, environment);
  const told: string[] = [];
  locker.on('lost', ({ reason }) => told.push(`lost: ${reason}`));
  locker.on('released', ({ outcome }) => told.push(`released: ${outcome}`));
  return { environment, adapter, locker, told };
}

it.each([true, false])(
  'a lock is lost a second after the machine has slept for too long, and not with the next timer; extend: %s',
  async (extend) => {
    const { environment, locker, told } = world({ extend });
    const lock = await locker.acquire('k');
    const { signal } = lock;
    // A machine that sleeps stops the monotonic clock, on which timers count, and not the wall clock.
    environment.wall += 60_000;
    await environment.pass(1_000);
    expect(signal.aborted).toBe(true);
    expect(told).toEqual(['lost: expired']);
    // There is nothing to watch any more.
    await lock.release();
    await environment.pass(1_000);
    expect(environment.pending).toEqual([]);
  },
);

it('keeps one timer for all locks that are held, and none that keeps the process alive', async () => {
  const { environment, locker } = world({ extend: false, maxHold: Infinity });
  const locks = [];
  for (let i = 0; i < 10; i++) locks.push(await locker.acquire(i));
  // One for the end of each lease, and one besides.
  expect(environment.pending).toHaveLength(11);
  expect(environment.pendingInForeground).toBe(0);
  await Promise.all(locks.map((lock) => lock.release()));
  await environment.pass(1_000);
  expect(environment.pending).toEqual([]);
});

it('a lock that is lost is given back once, whoever does so: a listener of its signal and its holder', async () => {
  const { environment, locker, told } = world({ extend: false });
  const lock = await locker.acquire('k');
  const next = locker.acquire('k');
  lock.signal.addEventListener('abort', () => void lock.release());
  environment.stall(6_000);
  expect(await lock.release()).toBe('lost');
  expect(told).toEqual(['lost: expired', 'released: lost']);
  expect(await (await next).release()).toBe('released');
});

it('has one holder when a listener gives the lock back while it is being given back', async () => {
  const { environment, locker } = world();
  const first = await locker.acquire('k');
  locker.on('refused', () => void first.release());
  const impatient = rejection(locker.acquire('k', { timeout: 50 }));
  const holders: Lock[] = [];
  const rest = [locker.acquire('k'), locker.acquire('k')].map((grant) =>
    grant.then((lock) => holders.push(lock)),
  );
  await settle();
  // Its timeout is over, and its timer has not said so: that comes out when the lock is given back.
  environment.stall(60);
  await first.release();
  await settle();
  expect(await impatient).toMatchObject({ code: 'LOCK_TIMEOUT' });
  expect(holders.map(({ held }) => held)).toEqual([true]);
  await holders[0]!.release();
  await Promise.all(rest);
  expect(holders.map(({ held }) => held)).toEqual([false, true]);
  await holders[1]!.release();
});

it.each<[string, (lock: Lock) => unknown]>([
  ['releases it', (lock) => lock.release()],
  ['disposes of it', (lock) => lock[Symbol.asyncDispose]()],
  ['starts to release it', (lock) => void lock.release()],
])('a body that has lost the lock and %s has lost it all the same', async (_, giveBack) => {
  const { environment, locker, told } = world();
  const call = locker.withLock('k', async (lock) => {
    environment.stall(7_000);
    await giveBack(lock);
    return 'plain success';
  });
  expect(await rejection(call)).toMatchObject({ code: 'LOCK_LOST', reason: 'expired' });
  expect(told).toEqual(['lost: expired', 'released: lost']);
});

it('a lock whose lease ends on the way to its holder is lost, and the holder is told', async () => {
  // The key is gone, and the answer to an extension says so while the lock is handed on: in whatever moment of that.
  for (let moment = 0; moment < 12; moment++) {
    const { environment, adapter, locker, told } = world({ ttl: 600 });
    let extension: (() => void) | undefined;
    const { run } = adapter;
    adapter.run = async (script, keys, args) => {
      if (script.name === 'mutex-extend') await new Promise<void>((resolve) => (extension = resolve));
      return run(script, keys, args);
    };
    const first = await locker.acquire('k');
    const body = async (lock: Lock): Promise<string> => {
      const { signal } = lock;
      await settle();
      return signal.aborted ? 'told' : 'not told';
    };
    const bodies: string[] = [];
    const second = locker.withLock('k', async (lock) => bodies.push(await body(lock)));
    await environment.pass(200);
    adapter.keyspace.delete('lock:k');
    extension?.();
    for (let turn = 0; turn < moment; turn++) await Promise.resolve();
    void first.release();
    const result = await second.then(
      () => 'success',
      (error: unknown) => (error as { code: string }).code,
    );
    // It either got a lock of its own, or knows that it has none: before the body, or by the end of it.
    expect({ moment, bodies, result }).toEqual(
      result === 'success'
        ? { moment, bodies: ['not told'], result }
        : { moment, bodies: ['told'], result: 'LOCK_LOST' },
    );
    if (result === 'success') expect(told).toContain('lost: taken');
    await locker.close({ grace: 0 });
  }
});

it('a longer extension is no reason to hear later that somebody has taken the lock away', async () => {
  const { environment, adapter, locker, told } = world({ ttl: 600 });
  const lock = await locker.acquire('k');
  const { signal } = lock;
  expect(await lock.extend(6_000)).toBe('extended');
  adapter.keyspace.delete('lock:k');
  await environment.pass(200);
  expect(signal.reason).toMatchObject({ reason: 'taken' });
  expect(told).toEqual(['lost: taken']);
});

it('a longer extension is for the one who asked for it: the next one has a lease of its own', async () => {
  const { adapter, locker } = world({ ttl: 600 });
  const lock = await locker.acquire('k');
  const next = locker.acquire('k');
  await lock.extend(60_000);
  await lock.release();
  await using _next = await next;
  expect(adapter.keyspace.ttl('lock:k')).toBeLessThanOrEqual(600);
});

it('a body does not start with less of its lease than minValidity, whatever kept the program busy since the grant', async () => {
  const { environment, locker } = world({ ttl: 1_000 });
  const started: number[] = [];
  const calls = Array.from({ length: 8 }, (_, i) =>
    locker.withLock(
      i,
      (lock) => {
        started.push(lock.remaining);
        environment.stall(300);
      },
      { onLost: 'abort' },
    ),
  );
  for (let i = 0; i < 20; i++) await environment.pass(1);
  await Promise.all(calls);
  expect(started).toHaveLength(8);
  expect(Math.min(...started)).toBeGreaterThanOrEqual(500);
});

it('a call that tries once and is kept from starting for too long says why', async () => {
  const { environment, adapter, locker } = world({ ttl: 1_000 });
  const first = locker.withLock('a', () => environment.stall(900), { onLost: 'abort' });
  const second = rejection(locker.withLock('b', () => 'never', { timeout: 0 }));
  await first;
  expect(await second).toMatchObject({
    code: 'LOCK_BACKEND',
    reason: 'TOO_SLOW',
    retryable: true,
    ownership: 'never-held',
  });
  expect(adapter.keyspace.get('lock:b')).toBeNull();
});

it('works with a signal that is none of Node’s, as AbortController polyfills make them', async () => {
  const { locker } = world();
  const signal = {
    aborted: false,
    reason: undefined,
    addEventListener: () => undefined,
    removeEventListener: () => undefined,
  };
  expect(await locker.withLock('k', () => 'done', { signal: signal as never })).toBe('done');
});

it('a locker that closes waits for the release of a lock that its maxHold has ended', async () => {
  const { environment, adapter, locker } = world();
  let letGo: (() => void) | undefined;
  const { run } = adapter;
  adapter.run = async (script, keys, args) => {
    if (script.name === 'mutex-release') await new Promise<void>((resolve) => (letGo = resolve));
    return run(script, keys, args);
  };
  await locker.acquire('k', { maxHold: 100 });
  await environment.pass(100);
  let closed = false;
  const closing = locker.close().then(() => (closed = true));
  await settle();
  expect(closed).toBe(false);
  letGo?.();
  await closing;
  expect(adapter.keyspace.get('lock:k')).toBeNull();
});

it('a nested call is told of the end of the section around it, in whatever moment of its grant that comes', async () => {
  for (let moment = 0; moment < 12; moment++) {
    const { adapter, locker } = world();
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
    const { environment, adapter, locker } = world({ extend: false });
    let letGo: (() => void) | undefined;
    const { run } = adapter;
    adapter.run = async (script, keys, args) => {
      if (script.name === 'mutex-extend') await new Promise<void>((resolve) => (letGo = resolve));
      return run(script, keys, args);
    };
    let inner: Promise<unknown> | undefined;
    const outer = locker.withLock('k', async () => {
      void locker.close({ grace: 60_000 });
      inner = rejection(locker.withLock('k', () => 'never', { ttl: 60_000 }));
      await settle();
    });
    await outer;
    letGo?.();
    expect(await inner).toMatchObject({ code: 'LOCK_CLOSED' });
    await environment.pass(10);
    await locker.close();
    expect(adapter.keyspace.get('lock:k')).toBeNull();
  });

  it.each([0, 1_000])(
    'whose section ends while the lease is extended for it waits on, if it waits: timeout %i',
    async (timeout) => {
      const { environment, adapter, locker } = world({ extend: false });
      let letGo: (() => void) | undefined;
      const { run } = adapter;
      adapter.run = async (script, keys, args) => {
        if (script.name === 'mutex-extend') await new Promise<void>((resolve) => (letGo = resolve));
        return run(script, keys, args);
      };
      let inner: Promise<unknown> | undefined;
      await locker.withLock('k', async () => {
        inner = locker.withLock('k', () => 'ran', { ttl: 60_000, timeout }).catch((error: unknown) => error);
        await settle();
      });
      letGo?.();
      await environment.pass(1);
      const wanted = timeout === 0 ? { code: 'LOCK_BACKEND', reason: 'TOO_SLOW' } : 'ran';
      expect(await inner).toEqual(timeout === 0 ? expect.objectContaining(wanted as object) : wanted);
      await locker.close();
      expect(adapter.keyspace.get('lock:k')).toBeNull();
    },
  );

  it('waits on in the section around the one that has ended, and not behind its own caller', async () => {
    const { locker } = world();
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
    const { adapter, locker } = world();
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

  it('finds a circle through a lock that was taken without waiting', async () => {
    const { locker } = world();
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
    const { locker } = world();
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

it('work that starts its successor keeps nothing of its predecessors', async () => {
  const { locker } = world();
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

it('the engine does not work in the section of whoever notices the end of a lease', async () => {
  const { environment, adapter, locker } = world({ extend: false });
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

it('a lock that is adopted too late is given back', async () => {
  const { environment, adapter, locker } = world();
  const text = (await locker.acquire('k')).serialize();
  const { run } = adapter;
  let letGo: (() => void) | undefined;
  adapter.run = async (script, keys, args) => {
    const reply = await run(script, keys, args);
    if (script.name === 'mutex-adopt') await new Promise<void>((resolve) => (letGo = resolve));
    return reply;
  };
  const adopted = rejection(locker.adopt(text, { timeout: 100 }));
  await settle();
  environment.stall(300);
  letGo?.();
  expect(await adopted).toMatchObject({ code: 'LOCK_BACKEND' });
  await settle();
  expect(adapter.keyspace.get('lock:k')).toBeNull();
});
