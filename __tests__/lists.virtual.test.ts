/** Calls for several locks, in a world whose time passes when the test says so. */
import { EngineLocker } from '../src/create-locker.js';
import { memory, type MemoryAdapter } from '../src/index.js';
import { deferred, rejection } from './support/deferred.js';
import { keysIn } from './support/keys-left.js';
import { settle, VirtualEnvironment } from './support/virtual-environment.js';

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
