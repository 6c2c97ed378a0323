/** How a locker comes to be, and how it ends. */
import { createLocker, memory } from '../src/index.js';
import { rejection } from './support/deferred.js';
import { settle } from './support/virtual-environment.js';
import { virtualLocker } from './support/virtual-locker.js';

it('is made over the real world', async () => {
  await using locker = createLocker(memory(), { ttl: 900 });
  const lock = await locker.acquire('k');
  expect(lock.remaining).toBeLessThan(900);
  expect(lock.remaining).toBeGreaterThan(0);
  await lock.release();
});

it('is one of several servers when there are several', () => {
  expect(createLocker([memory(), memory(), memory()], { ttl: 900, maxTtl: 1_000 })).toBeDefined();
  expect(() => createLocker(memory(), { maxTtl: 60_000 })).toThrow('this one has one server');
  expect(() => createLocker([memory()], { maxTtl: 60_000 })).toThrow('this one has one server');
});

it('asks the servers what they do when their memory is used up', async () => {
  const { locker, adapter } = virtualLocker();
  const run = jest.spyOn(adapter, 'run');
  await locker.acquire('k');
  await settle();
  expect(run.mock.calls.map(([{ name }]) => name)).toContain('server-memory');
});

it('takes nothing that a caller aborts with for a lock that is busy', async () => {
  const { locker } = virtualLocker();
  await locker.acquire('k');
  const busy = await rejection(locker.acquire('k', { timeout: 0 }));
  const options = { signal: AbortSignal.abort(busy), onBusy: 'skip' } as const;
  expect(await rejection(locker.withLock('free', () => undefined, options))).toBe(busy);
});

it('closes once, with the grace of the first call', async () => {
  const { locker, environment, told } = virtualLocker();
  await locker.acquire('k');
  const done: string[] = [];
  void locker.close({ grace: 100 }).then(() => done.push('close'));
  void locker.close({ grace: 0 }).then(() => done.push('again'));
  void locker[Symbol.asyncDispose]().then(() => done.push('disposed'));
  await environment.pass(99);
  expect([done, told]).toEqual([[], []]);
  await environment.pass(1);
  await settle();
  expect(done.sort()).toEqual(['again', 'close', 'disposed']);
  expect(told).toEqual(['lost: closed', 'released: released']);
});
