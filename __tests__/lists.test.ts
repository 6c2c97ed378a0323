import * as fc from 'fast-check';

import { createLocker, type Lock, type Locker, memory, type MemoryAdapter } from '../src/index.js';
import { EngineLocker } from '../src/create-locker.js';
import { mutex } from '../src/kinds/mutex.js';
import { deferred, rejection } from './support/deferred.js';
import { keysIn } from './support/keys-left.js';
import { eventually } from './support/pause.js';
import { settle, VirtualEnvironment } from './support/virtual-environment.js';

/** A memory whose commands are written down; `answer` may keep, spoil or change what comes back. */
function watched(): MemoryAdapter & { sent: string[]; answer: (name: string, reply: unknown) => unknown } {
  const adapter = Object.assign(memory(), {
    sent: [] as string[],
    answer: (_name: string, reply: unknown) => reply,
  });
  const { run } = adapter;
  adapter.run = async (script, keys, args) => {
    if (script.name !== 'server-memory') adapter.sent.push(`${script.name} ${keys.length / 4}`);
    return adapter.answer(script.name, await run(script, keys, args));
  };
  return adapter;
}

const opened: Locker[] = [];
const open = (...args: Parameters<typeof createLocker>): Locker => {
  const locker = createLocker(...args);
  opened.push(locker);
  return locker;
};
afterEach(async () => {
  await Promise.all(opened.splice(0).map((locker) => locker.close({ grace: 0 })));
});

describe('without anybody else', () => {
  it('a list costs one command to take, and one to give back', async () => {
    const adapter = watched();
    const locker = open(adapter);
    await locker.withLock(['c', 'a', 'b'], () => undefined);
    expect(adapter.sent).toEqual(['mutex-acquire-all 3', 'mutex-steps 3']);
  });

  it('lists that are asked for in one turn travel together, as long as they have no more than 64 keys', async () => {
    const adapter = watched();
    const locker = open(adapter);
    const list = (name: string, length: number) => Array.from({ length }, (_, i) => `${name}${i}`);
    const locks = await Promise.all([
      locker.acquire(list('a', 40)),
      locker.acquire('single'),
      locker.acquire(list('b', 20)),
      locker.acquire(list('c', 30)),
    ]);
    expect(adapter.sent.splice(0)).toEqual(['mutex-steps 61', 'mutex-acquire-all 30']);
    await Promise.all(locks.map((lock) => lock.release()));
    expect(adapter.sent).toEqual(['mutex-steps 64', 'mutex-steps 27']);
  });
});

it('a list that is tried once and refused sends one command, or none when the program knows who has it', async () => {
  const adapter = watched();
  const [ours, theirs] = [open(adapter), open(adapter)];
  await using _held = await theirs.acquire('b');
  await using _own = await ours.acquire('k');
  adapter.sent.length = 0;
  expect(await ours.tryAcquire(['a', 'b'])).toBeNull();
  expect(adapter.sent.splice(0)).toEqual(['mutex-acquire-all 2']);
  expect(await ours.tryAcquire(['a', 'k'])).toBeNull();
  expect(adapter.sent).toEqual([]);
});

it('waiting is done in the order of the Redis keys, by their code units', async () => {
  const adapter = watched();
  const [ours, theirs] = [open(adapter), open(adapter)];
  const held = await theirs.acquire('a');
  const granted: string[] = [];
  ours.on('granted', ({ key }) => granted.push(key));
  const call = ours.withLock(['é', 'a', 'b', 'B', '10', '9', '🔑', '\uffee'], (lock) => lock.keys);
  await eventually(() => granted.length, 3);
  await held.release();
  expect(await call).toEqual(['é', 'a', 'b', 'B', '10', '9', '🔑', '\uffee']);
  expect(granted).toEqual(['10', '9', 'B', 'a', 'b', 'é', '🔑', '\uffee']);
});

describe('when the one script is not to be had', () => {
  it('and the server refuses its slots, the locks are taken one by one; tried ones, too', async () => {
    const adapter = watched();
    adapter.answer = (name, reply) => {
      if (name === 'mutex-acquire-all')
        throw new Error("CROSSSLOT Keys in request don't hash to the same slot");
      return reply;
    };
    // What a server refuses has not been done.
    const { run } = adapter;
    adapter.run = (script, keys, args) =>
      script.name === 'mutex-acquire-all'
        ? Promise.resolve(adapter.answer(script.name, null))
        : run(script, keys, args);
    const [ours, theirs] = [open(adapter), open(adapter)];
    expect(await ours.withLock(['a', 'b'], (lock) => lock.held)).toBe(true);
    const tried = await ours.tryAcquire(['a', 'b']);
    expect(tried?.held).toBe(true);
    await tried?.release();
    await using _held = await theirs.acquire('b');
    expect(await ours.tryAcquire(['a', 'b'])).toBeNull();
    await eventually(() => keysIn(adapter).join(), 'lock:b');
  });

  it.each([
    ['NOPERM no right', 'NOPERM', 'never-held'],
    ['LOADING dataset', 'LOADING', 'never-held'],
    ['Socket closed', 'CONNECTION', 'unknown'],
  ])('a list that is tried once is refused with it: %s', async (message, reason, ownership) => {
    const adapter = watched();
    const locker = open(adapter);
    adapter.answer = (name, reply) => {
      if (name === 'mutex-acquire-all') throw new Error(message);
      return reply;
    };
    const failures: unknown[] = [];
    locker.on('failure', ({ reason }) => failures.push(reason));
    const error = await rejection(locker.tryAcquire(['a', 'b']));
    expect(error).toMatchObject({ code: 'LOCK_BACKEND', key: 'a', reason, ownership });
    expect(failures).toEqual([reason]);
    // It was done in truth: what nobody knows of is taken back, when that is possible.
    if (ownership === 'unknown') await eventually(() => keysIn(adapter).length, 0);
  });

  it('a list that waits gets its locks one by one, and what a lost reply has taken is given back', async () => {
    const adapter = watched();
    const locker = open(adapter);
    let lost = 0;
    adapter.answer = (name, reply) => {
      if (name === 'mutex-acquire-all' && lost++ === 0) throw new Error('Socket closed');
      return reply;
    };
    expect(await locker.withLock(['a', 'b'], (lock) => lock.held)).toBe(true);
    expect(lost).toBe(1);
    await eventually(() => keysIn(adapter).length, 0);
  });
});

describe('in a world whose time stands still', () => {
  function world() {
    const environment = new VirtualEnvironment();
    const adapter = memory({ now: () => environment.wall });
    const locker = new EngineLocker(adapter, { ttl: 1_000, timeout: 300 }, environment);
    return { environment, adapter, locker };
  }
  /** Keeps the replies to a script back until the returned function is called. */
  function holdBack(adapter: MemoryAdapter, name: string): () => void {
    const { run } = adapter;
    const { promise, resolve } = deferred();
    adapter.run = async (script, keys, args) => {
      const reply = await run(script, keys, args);
      if (script.name === name) await promise;
      return reply;
    };
    return resolve;
  }

  it('a list whose reply comes after the timeout is given back', async () => {
    const { environment, adapter, locker } = world();
    const letGo = holdBack(adapter, 'mutex-acquire-all');
    const call = rejection(locker.acquire(['a', 'b']));
    await settle();
    environment.stall(300);
    letGo();
    expect(await call).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NO_REPLY', ownership: 'unknown' });
    await settle();
    expect(keysIn(adapter)).toEqual([]);
  });

  it('a list without a reply in time is taken back, and its locks are taken one after the other', async () => {
    const { environment, adapter, locker } = world();
    const letGo = holdBack(adapter, 'mutex-acquire-all');
    const call = locker.acquire(['a', 'b']);
    await environment.pass(251);
    const lock = await call;
    letGo();
    await settle();
    expect([lock.held, keysIn(adapter)]).toEqual([true, ['lock:a', 'lock:b']]);
    expect(await lock.release()).toBe('released');
  });

  it('a list that is tried once and comes with too little of its lease is given back', async () => {
    const { environment, adapter, locker } = world();
    const letGo = holdBack(adapter, 'mutex-acquire-all');
    const call = rejection(locker.tryAcquire(['a', 'b']));
    await settle();
    environment.stall(600);
    letGo();
    expect(await call).toMatchObject({ code: 'LOCK_BACKEND', reason: 'TOO_SLOW', ownership: 'unknown' });
    await settle();
    expect(keysIn(adapter)).toEqual([]);
  });

  it('a caller that stops waiting while the reply is under way gets the reason, and the locks are given back', async () => {
    const { adapter, locker } = world();
    const letGo = holdBack(adapter, 'mutex-acquire-all');
    const abort = new AbortController();
    const call = rejection(locker.acquire(['a', 'b'], { signal: abort.signal }));
    await settle();
    abort.abort('gone');
    expect(await call).toBe('gone');
    letGo();
    await settle();
    expect(keysIn(adapter)).toEqual([]);
  });

  it('the body starts with minValidity left of every lease, or the list is taken again', async () => {
    const { environment, adapter, locker } = world();
    locker.on('granted', ({ key }) => {
      if (key === 'a' && environment.mono < 1_500) environment.stall(600);
    });
    const waited = locker.withLock(['a', 'b'], (lock) => lock.remaining, { timeout: 5_000, extend: false });
    expect(await waited).toBeGreaterThan(500);
    await settle();
    expect(keysIn(adapter)).toEqual([]);
  });

  it('a loss that nobody has noticed yet is noticed by who asks', async () => {
    const { environment, locker } = world();
    const lock = await locker.acquire(['a', 'b'], { extend: false });
    environment.stall(1_000);
    expect([lock.held, lock.remaining]).toEqual([false, 0]);
    expect(lock.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'expired' });
    expect(await lock.release()).toBe('lost');
  });
});

it('calls with random lists, in whatever order, are alone with each key, end, and leave nothing', async () => {
  const keys = ['a', 'b', 'c', 'd'];
  const list = fc.uniqueArray(fc.constantFrom(...keys), { minLength: 1, maxLength: 4 });
  const call = fc.record({
    list,
    inner: fc.option(list),
    by: fc.nat(2),
    turns: fc.nat(3),
    timeout: fc.constantFrom(0, 5_000, 5_000),
  });
  const property = fc.asyncProperty(fc.array(call, { minLength: 2, maxLength: 14 }), async (calls) => {
    const adapter = memory();
    const lockers = [0, 1, 2].map(() => createLocker(adapter, { ttl: 5_000 }));
    const inside = new Map<string, number>();
    const fences = new Map<string, number>();
    const work = async (lock: Lock, turns: number): Promise<void> => {
      for (const [key, fence] of lock.fencingTokens) {
        expect(inside.has(key)).toBe(false);
        expect(fence).toBeGreaterThan(fences.get(key) ?? 0);
        inside.set(key, fence);
        fences.set(key, fence);
      }
      for (let turn = 0; turn < turns; turn++) await settle();
      for (const key of lock.keys) inside.delete(key);
    };
    const outcomes = await Promise.allSettled(
      calls.map(async ({ list, inner, by, turns, timeout }) =>
        lockers[by]!.withLock(
          list,
          async (lock) => {
            await work(lock, turns);
            // Only what is held: other keys would not be in order.
            const held = inner?.filter((key) => list.includes(key)) ?? [];
            if (held.length === 0) return;
            await lockers[by]!.withLock(held, (deeper) => {
              for (const key of held) expect(deeper.fencingTokens.get(key)).toBe(lock.fencingTokens.get(key));
            });
          },
          { timeout },
        ),
      ),
    );
    for (const [i, outcome] of outcomes.entries()) {
      if (outcome.status === 'fulfilled') continue;
      expect(outcome.reason).toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(calls[i]!.timeout).toBe(0);
    }
    await Promise.all(lockers.map((locker) => locker.close()));
    expect(keysIn(adapter)).toEqual([]);
  });
  await fc.assert(property, { numRuns: 60 });
});

describe('the reply of mutex-acquire-all', () => {
  const tenure = {
    keys: { lock: 'l', fence: 'f', queue: 'q', waiters: 'w' },
    token: 't',
    ttl: 1,
    who: '',
    sections: 1,
  };
  const { read } = mutex.acquireAll([tenure, tenure]);

  it.each<[unknown, unknown]>([
    [[1, 9, 5, 6], { granted: true, fences: [5, 6] }],
    [
      [0, 1, 50, '3 who', 9_000],
      { granted: false, index: 1, ttlLeft: 50, holder: 'who', heldFor: 6, at: 9_000 },
    ],
  ])('%j is read', (reply, found) => expect(read(reply)).toEqual(found));

  it.each([
    [null],
    ['OK'],
    [[]],
    [[1]],
    [[1, 9, 5]],
    [[1, 9, 5, 6, 7]],
    [[1, 9, 5, 0]],
    [[1, 9, 5, '6']],
    [[1, -1, 5, 6]],
    [[0, 2, 50, 'who', 9]],
    [[0, -1, 50, 'who', 9]],
    [[0, 1, 50, 'who']],
    [[0, 1, 'x', 'who', 9]],
    [[2, 1, 5, 6]],
  ])('%j is never taken for a grant', (reply) => {
    expect(() => read(reply)).toThrow('the reply of the script mutex-acquire-all is not');
  });
});
