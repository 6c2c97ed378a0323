/** A locker that closes: whom it waits for, for how long, and what it leaves. */
import { deferred, rejection } from './support/deferred.js';
import { keysIn } from './support/keys-left.js';
import { settle } from './support/virtual-environment.js';
import { holdBack, virtualLocker } from './support/virtual-locker.js';

/** A locker that has begun to close, and whether it has done so. */
function closing(world: ReturnType<typeof virtualLocker>, grace: number) {
  const state = { closed: false };
  const done = world.locker.close({ grace }).then(() => (state.closed = true));
  return { state, done };
}

it('closes at once when nobody holds anything, and leaves no timer', async () => {
  const world = virtualLocker();
  const { locker, environment } = world;
  await (await locker.acquire('k')).release();
  await closing(world, 60_000).done;
  expect(environment.pending).toEqual([]);
});

it('waits for holders for as long as its grace, to the moment, and then takes their locks away', async () => {
  const world = virtualLocker();
  const { locker, environment, adapter, told } = world;
  const [a, b] = [await locker.acquire('a'), await locker.acquire('b')];
  const { state, done } = closing(world, 500);
  await environment.pass(499);
  expect([state.closed, a.held, b.held]).toEqual([false, true, true]);
  await environment.pass(1);
  await done;
  expect(told).toEqual(['lost: closed', 'lost: closed', 'released: released', 'released: released']);
  expect(a.signal.reason).toMatchObject({ reason: 'closed' });
  expect([keysIn(adapter), environment.pending]).toEqual([[], []]);
});

it('closes as soon as the last holder has given back its lock', async () => {
  const world = virtualLocker();
  const { locker, environment, told } = world;
  const [a, b] = [await locker.acquire('a'), await locker.acquire('b')];
  const { state, done } = closing(world, 500);
  await a.release();
  await settle();
  expect(state.closed).toBe(false);
  await b.release();
  await done;
  expect(told).toEqual(['released: released', 'released: released']);
  expect(environment.pending).toEqual([]);
});

it('waits without end where its grace says so', async () => {
  const world = virtualLocker();
  const { locker, environment } = world;
  const lock = await locker.acquire('k', { maxHold: Infinity });
  const { state, done } = closing(world, 2 ** 40);
  await environment.pass(60_000);
  expect(state.closed).toBe(false);
  await lock.release();
  await done;
});

it('waits for calls under way before its grace begins, and lets those finish that get a lock', async () => {
  const world = virtualLocker();
  const { locker, environment, adapter } = world;
  const outer = await locker.acquire('k');
  const extension = holdBack(adapter, 'mutex-extend');
  const asked = outer.run(() => locker.acquire('k'));
  const { state, done } = closing(world, 100);
  const inner = await asked;
  expect(inner.held).toBe(true);
  extension();
  await environment.pass(99);
  expect(state.closed).toBe(false);
  await environment.pass(1);
  await done;
  expect([inner.held, outer.held]).toEqual([false, false]);
});

it('refuses who waits and who comes, and waits for what they may have in Redis', async () => {
  const world = virtualLocker();
  const { locker, adapter } = world;
  const letGo = holdBack(adapter, 'mutex-acquire');
  const waits = rejection(locker.acquire('k'));
  await settle();
  const { state, done } = closing(world, 0);
  expect(await waits).toMatchObject({ code: 'LOCK_CLOSED' });
  expect(await rejection(locker.acquire('other'))).toMatchObject({ code: 'LOCK_CLOSED' });
  await settle();
  expect(state.closed).toBe(false);
  letGo();
  await done;
  expect(keysIn(adapter)).toEqual([]);
});

it('closes as nobody’s work, also from inside a lock, which it waits for', async () => {
  const world = virtualLocker();
  const { locker } = world;
  const begun = deferred();
  let closed: Promise<void> | undefined;
  const call = locker.withLock('k', async () => {
    closed = locker.close({ grace: 500 });
    await begun.promise;
  });
  await settle();
  begun.resolve();
  await call;
  await closed;
});

it('has no lock behind its end, at whatever step of a call it begins to close', async () => {
  for (let steps = 0; steps < 60; steps++) {
    const { locker, adapter, environment } = virtualLocker();
    const asked = locker.acquire('k').catch(() => undefined);
    for (let step = 0; step < steps; step++) await Promise.resolve();
    await locker.close({ grace: 0 });
    expect([keysIn(adapter), environment.pending]).toEqual([[], []]);
    expect((await asked)?.held).not.toBe(true);
  }
});

it('sets no timer for what it waits for without end', async () => {
  const { locker, adapter, environment } = virtualLocker();
  const answer = holdBack(adapter, 'mutex-acquire');
  const asked = rejection(locker.acquire('k'));
  await settle();
  const timers = jest.spyOn(environment.timers, 'set');
  const closed = locker.close();
  answer();
  await closed;
  expect(await asked).toMatchObject({ code: 'LOCK_CLOSED' });
  expect(timers.mock.calls.map(([, delay]) => delay)).not.toContain(Infinity);
});
