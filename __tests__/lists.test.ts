import { createLocker, type Locker, memory, type MemoryAdapter } from '../src/index.js';
import { rejection } from './support/deferred.js';
import { keysIn } from './support/keys-left.js';
import { eventually, pause } from './support/pause.js';

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

describe('a lease that has become short while the list waited', () => {
  const minValidity = 900;
  const waiting = async (timeout: number) => {
    const adapter = watched();
    const [ours, theirs] = [open(adapter, { ttl: 1_000, minValidity, timeout }), open(adapter)];
    const held = await theirs.acquire('b');
    const call = ours.withLock(['a', 'b'], (lock) => lock.remaining);
    // Before it is extended by itself, after a third of its ttl.
    await pause(200);
    adapter.sent.length = 0;
    return { adapter, held, call };
  };

  it('is extended before the body runs', async () => {
    const { adapter, held, call } = await waiting(5_000);
    await held.release();
    expect(await call).toBeGreaterThan(800);
    expect(adapter.sent).toContain('mutex-extend 1');
  });

  it('and can not be extended ends the call with its timeout', async () => {
    const { adapter, held, call } = await waiting(300);
    adapter.answer = (name, reply) => (name === 'mutex-extend' ? new Promise(() => undefined) : reply);
    await held.release();
    expect(await rejection(call)).toMatchObject({
      code: 'LOCK_BACKEND',
      reason: 'NO_REPLY',
      retryable: true,
    });
    await eventually(() => keysIn(adapter).length, 0);
  });
});
