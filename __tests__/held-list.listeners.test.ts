/** A lock of several keys whose holder does something in the moment in which it is lost. */
import type { Lock } from '../src/index.js';
import { rejection } from './support/deferred.js';
import { keysIn } from './support/keys-left.js';
import { holdBack, virtualLocker } from './support/virtual-locker.js';

const TTL = 6_000;

describe('a list that a listener gives back when it hears that one of its locks is lost', () => {
  it('is lost, and its signal says so', async () => {
    const { environment, locker } = virtualLocker();
    const list = await locker.acquire(['a', 'b'], { extend: false });
    const { signal } = list;
    const outcomes: Promise<string>[] = [];
    locker.on('lost', () => outcomes.push(list.release()));
    environment.stall(TTL);
    expect(list.held).toBe(false);
    expect(signal.reason).toMatchObject({ code: 'LOCK_LOST', key: 'a', reason: 'expired' });
    expect(await Promise.all(outcomes)).toContain('lost');
    expect(() => list.assertHeld()).toThrow(signal.reason as Error);
  });

  it('makes its call reject', async () => {
    const { environment, locker } = virtualLocker();
    let list: Lock | undefined;
    locker.on('lost', () => void list?.release());
    const call = locker.withLock(['a', 'b'], (lock) => {
      list = lock;
      environment.stall(TTL);
      return 'plain success';
    });
    expect(await rejection(call)).toMatchObject({ code: 'LOCK_LOST', key: 'a', reason: 'expired' });
  });
});

it('a list of which one lock ends on the way to its holder is lost, and the holder is told', async () => {
  const found = new Set<boolean>();
  for (let moment = -10; moment < 10; moment++) {
    const { environment, adapter, locker } = virtualLocker({ ttl: 600, minValidity: 1 });
    const blocker = await locker.acquire('b');
    const asked = locker.acquire(['a', 'b']);
    const extension = holdBack(adapter, 'mutex-extend');
    await environment.pass(200);
    adapter.keyspace.delete('lock:a');
    if (moment < 0) extension();
    for (let turn = moment; turn < 0; turn++) await Promise.resolve();
    void blocker.release();
    for (let turn = 0; turn < moment; turn++) await Promise.resolve();
    if (moment >= 0) extension();
    await environment.pass(100);
    const list = await asked;
    expect({ moment, lost: list.signal.aborted }).toEqual({ moment, lost: !list.held });
    found.add(list.held);
    const closed = locker.close({ grace: 0 });
    await environment.pass(1_000);
    await closed;
    expect(keysIn(adapter)).toEqual([]);
  }
  expect(found.size).toBe(2);
});
