/** How the calls of a locker become holders of locks, and what they are told. */
import { currentLock } from '../src/context.js';
import { createLocker } from '../src/create-locker.js';
import type { Lock } from '../src/lock.js';
import { Roster } from '../src/roster.js';
import { deferred, rejection } from './support/deferred.js';
import { settle } from './support/virtual-environment.js';
import { holdBack, virtualLocker } from './support/virtual-locker.js';

const EVENTS = ['granted', 'released', 'lost', 'refused', 'waiting'] as const;

/** A locker, and what it tells of whom. */
function world(options: Parameters<typeof virtualLocker>[0] = {}) {
  const made = virtualLocker(options);
  const heard: string[] = [];
  for (const name of EVENTS) made.locker.on(name, ({ key }) => heard.push(`${name} ${key}`));
  return { ...made, heard };
}

it('grants a lock with what it was asked for, and tells so', async () => {
  const { locker, adapter, environment } = virtualLocker();
  const granted: unknown[] = [];
  locker.on('granted', (event) => granted.push(event));
  const blocker = await locker.acquire('k', { name: 'first' });
  const asked = locker.acquire('k', { ttl: 900, name: 'second' });
  environment.stall(30);
  await blocker.release();
  const lock = await asked;
  expect([lock.key, lock.waited]).toEqual(['k', 30]);
  expect(lock.remaining).toBeLessThan(900);
  expect(adapter.keyspace.ttl('lock:k')).toBe(900);
  expect(granted).toEqual([
    { key: 'k', name: 'first', waited: 0, fencingToken: blocker.fencingToken },
    { key: 'k', name: 'second', waited: 30, fencingToken: lock.fencingToken },
  ]);
});

it('extends a lock for its own ttl, and not for longer than its locker allows', async () => {
  const { locker, adapter } = virtualLocker({ maxTtl: undefined });
  const lock = await locker.acquire('k', { ttl: 900, extend: false });
  await lock.extend();
  expect(adapter.keyspace.ttl('lock:k')).toBe(900);
  expect(await lock.extend(60_000)).toBe('extended');
});

it('ends a lock after its maxHold', async () => {
  const { locker, environment, told } = virtualLocker();
  await locker.acquire('k', { maxHold: 500 });
  await environment.pass(500);
  expect(told).toEqual(['lost: max-hold', 'released: released']);
});

it('gives the wait, the grant and what is told of it to nobody as their work', async () => {
  const { locker } = virtualLocker();
  const seen: unknown[] = [];
  locker.on('granted', () => seen.push(currentLock()));
  await locker.withLock('a', async () => {
    await locker.withLock('b', () => undefined);
    await locker.withLock(['c', 'd'], () => undefined);
  });
  expect(seen).toEqual(Array(4).fill(undefined));
});

describe('a call from inside', () => {
  it('goes in with the lock that is held around it, as one of a list, too', async () => {
    const { locker, adapter } = virtualLocker();
    await locker.withLock('a', async (outer) => {
      await locker.withLock('a', (inner) => expect(inner.fencingToken).toBe(outer.fencingToken));
      await locker.withLock(['a', 'b'], (list) => {
        expect(list.fencingTokens.get('a')).toBe(outer.fencingToken);
      });
      expect(adapter.keyspace.get('lock:b')).toBeNull();
    });
  });

  it('is refused by a lock that wants no reentry', async () => {
    const { locker } = virtualLocker();
    await locker.withLock('a', async () => {
      for (const key of ['a', ['a', 'b']])
        expect(await rejection(locker.acquire(key, { reentrant: false }))).toMatchObject({
          code: 'LOCK_REENTRY',
          key: 'a',
        });
    });
  });

  it('waits with everybody else when the section around it has ended', async () => {
    const { locker } = virtualLocker();
    const started = deferred();
    let late: Promise<Lock> | undefined;
    await locker.withLock('a', () => {
      late = started.promise.then(() => locker.acquire('a'));
    });
    const other = await locker.acquire('a');
    started.resolve();
    let got = false;
    void late?.then(() => (got = true));
    await settle();
    expect(got).toBe(false);
    await other.release();
    await late;
  });

  it('that waits inside goes on where its section was, when that one is lost', async () => {
    const { locker, heard } = world();
    const outer = await locker.acquire('a');
    const [middle, waiting] = await outer.run(async () => {
      const inner = await locker.acquire('a');
      return inner.run(async () => {
        const innermost = await locker.acquire('a');
        return [inner, [innermost, locker.acquire('a')]] as const;
      });
    });
    await middle.release();
    const [innermost, asked] = waiting;
    expect(innermost.held).toBe(false);
    const last = await asked;
    expect([last.held, last.fencingToken]).toEqual([true, outer.fencingToken]);
    expect(heard.filter((what) => what === 'lost a')).toHaveLength(1);
    await outer.release();
    expect(last.held).toBe(false);
  });

  it('goes to the line when no section around it has the lock any more', async () => {
    const { locker } = virtualLocker();
    const outer = await locker.acquire('a');
    const [inner, asked] = await outer.run(
      async () => [await locker.acquire('a'), locker.acquire('a')] as const,
    );
    await outer.release();
    const own = await asked;
    expect([inner.held, own.held]).toEqual([false, true]);
    expect(own.fencingToken).toBeGreaterThan(outer.fencingToken);
  });

  it('is told of a circle with a lock that came beside the lines', async () => {
    const { locker } = virtualLocker();
    const tried = (await locker.tryAcquire('b'))!;
    await locker.withLock('a', async () => {
      void tried.run(() => locker.acquire('a'));
      expect(await rejection(locker.acquire('b', { timeout: 300 }))).toMatchObject({ reason: 'deadlock' });
    });
    await tried.release();
  });
});

describe('a list', () => {
  it('is refused when its keys can not be taken together by the server', async () => {
    const { locker, adapter } = virtualLocker();
    expect((await locker.acquire(['a', 'b'])).held).toBe(true);
    const apart = createLocker(Object.assign(adapter, { joins: false }));
    expect(await rejection(apart.acquire(['a', 'b']))).toMatchObject({ code: 'LOCK_KEY', key: 'b' });
  });

  it('says how long its caller has waited for all of it', async () => {
    const { locker, environment } = virtualLocker();
    const blocker = await locker.acquire('b');
    const asked = locker.acquire(['b', 'a']);
    await settle();
    environment.stall(40);
    await blocker.release();
    const list = await asked;
    expect([list.keys, list.waited]).toEqual([['b', 'a'], 40]);
  });

  it('is refused by its timeout from when it began', async () => {
    const { locker, environment } = virtualLocker();
    await locker.acquire('b');
    const refused = rejection(locker.acquire(['a', 'b'], { timeout: 300 }));
    await environment.pass(300);
    expect(await refused).toMatchObject({ code: 'LOCK_TIMEOUT', key: 'b', waited: 300 });
  });
});

it('a lock that is lost before its caller has it is nobody’s', async () => {
  const { locker, environment, told } = virtualLocker({ extend: false });
  locker.on('granted', () => environment.stall(6_000));
  const lock = (await locker.tryAcquire('k'))!;
  expect([lock.held, told]).toEqual([false, ['lost: expired']]);
  await locker.close();
});

it('an adopted lock is held like any other, and so is one that is adopted inside another', async () => {
  const { locker, environment, told } = virtualLocker();
  const text = (await locker.acquire('k')).serialize();
  const lock = await locker.withLock('outer', () => locker.adopt(text, { maxHold: 700, ttl: 900 }));
  expect(lock.remaining).toBeLessThan(900);
  told.length = 0;
  await environment.pass(700);
  expect(told).toEqual(['lost: max-hold', 'released: released']);
});

it('looks at all locks once a second, as long as there are any', async () => {
  const { locker, environment, told } = virtualLocker({ extend: false });
  const [a, b] = [await locker.acquire('a'), await locker.acquire('b', { ttl: 60_000 })];
  environment.wall += 7_000;
  await environment.pass(999);
  expect(told).toEqual([]);
  await environment.pass(1);
  expect(told).toEqual(['lost: expired']);
  environment.wall += 60_000;
  await environment.pass(1_000);
  expect(told).toEqual(['lost: expired', 'lost: expired']);
  await Promise.all([a.release(), b.release()]);
  expect(environment.pending).toEqual([]);
});

it('seats nobody whose lock is over on its way', async () => {
  const { locker, environment } = virtualLocker();
  const seat = jest.spyOn(Roster.prototype, 'seat');
  locker.on('granted', () => environment.stall(6_000));
  const lock = await locker.acquire('k');
  expect([lock.held, seat.mock.calls]).toEqual([false, []]);
  seat.mockRestore();
});

it('asks for the eviction policy once, with the first lock', async () => {
  const { locker, adapter } = virtualLocker();
  const asked: string[] = [];
  const { run } = adapter;
  adapter.run = (script, keys, args) => {
    if (script.name === 'server-memory') asked.push(...keys);
    return run(script, keys, args);
  };
  expect(asked).toEqual([]);
  await locker.acquire('a');
  await locker.acquire('b');
  await settle();
  expect(asked).toEqual(['lock:a']);
});

it('keeps a call that is under way from being told twice when its locker closes', async () => {
  const { locker, adapter, heard } = world();
  const letGo = holdBack(adapter, 'mutex-acquire-all');
  const refused = rejection(locker.acquire(['a', 'b']));
  await settle();
  const closed = locker.close();
  letGo();
  expect(await refused).toMatchObject({ code: 'LOCK_CLOSED' });
  await closed;
  expect(heard).toEqual(['refused a']);
  expect(adapter.keyspace.get('lock:a')).toBeNull();
});
