import { rejection } from '../support/deferred.js';
import { scriptedEngine, TTL } from '../support/engine.js';
import { busy, granted, GRANTED, NOT_OURS, RELEASED } from '../support/scripted-adapter.js';
import { settle } from '../support/virtual-environment.js';

/** Whether a promise has settled by now. */
async function settled(promise: Promise<unknown>): Promise<boolean> {
  let done = false;
  const note = (): void => void (done = true);
  promise.then(note, note);
  await settle();
  return done;
}

/** A world in which `callers` want the lock, and the first of them has it. */
async function crowd(callers: number, fence = 100) {
  const world = scriptedEngine();
  const grants = Array.from({ length: callers }, () => world.acquire());
  await (await world.adapter.next('mutex-acquire')).reply(granted(fence));
  return { ...world, grants, first: await grants[0]! };
}

describe('a caller that is refused', () => {
  const refusals = (told: readonly [string, unknown][]): unknown[] =>
    told.filter(([name]) => name === 'refused').map(([, event]) => (event as { error: unknown }).error);

  it('is told once, also when somebody who is told of another one ends its wait meanwhile', async () => {
    const { acquire, adapter, engine, told } = scriptedEngine();
    const abort = new AbortController();
    const calls = [acquire(), acquire({ signal: abort.signal })].map(rejection);
    engine.events.on('refused', () => abort.abort(new Error('gone')));
    await (await adapter.next('mutex-acquire')).fail(new Error('NOPERM no access'));
    const errors = await Promise.all(calls);
    expect(errors).toEqual([
      expect.objectContaining({ code: 'LOCK_BACKEND', reason: 'NOPERM' }),
      expect.objectContaining({ code: 'LOCK_BACKEND', reason: 'NOPERM' }),
    ]);
    expect(refusals(told)).toEqual(errors);
  });

  it('is told why, also when its timeout has passed and no timer has said so yet', async () => {
    const { acquire, adapter, environment, told } = scriptedEngine();
    const call = rejection(acquire({ timeout: 100 }));
    const sent = await adapter.next('mutex-acquire');
    environment.stall(150);
    await sent.fail(new Error('NOPERM no access'));
    expect(await call).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NOPERM', retryable: false });
    expect(refusals(told)).toHaveLength(1);
  });
});

describe('a line of callers', () => {
  it('goes on with one contender when a release finds that the lease was over', async () => {
    const { adapter, environment, grants, first } = await crowd(3);
    environment.stall(TTL);
    const released = first.release();
    await settle();
    expect(adapter.unseen.map(({ name }) => name).sort()).toEqual(['mutex-acquire', 'mutex-release']);
    await (await adapter.next('mutex-release')).reply(NOT_OURS);
    expect(await released).toBe('lost');
    await (await adapter.next('mutex-acquire')).reply(granted(200));
    const second = await grants[1]!;
    expect(second.fencingToken).toBe(200);
    void second.release();
    const third = await grants[2]!;
    void third.release();
    await (await adapter.next('mutex-release')).reply(RELEASED);
    await settle();
    expect(adapter.unseen).toEqual([]);
    expect(environment.pending).toEqual([]);
  });

  it('sends one command for all of them, and is served in its order without another one', async () => {
    const { adapter, grants } = await crowd(11);
    const order: number[] = [];
    grants.forEach((grant, i) => {
      void grant.then(async (held) => {
        order.push(i);
        await settle();
        await held.release();
      });
    });
    for (let turns = 0; turns < 30; turns++) await settle();
    expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
    expect(adapter.unseen.map(({ name }) => name)).toEqual(['mutex-release']);
    expect(adapter.count).toBe(2);
  });

  it('asks for a block of fencing tokens and gives each section one of its own', async () => {
    const { adapter, grants } = await crowd(3, 100);
    const tokens: number[] = [];
    for (const grant of grants) {
      const held = await grant;
      tokens.push(held.fencingToken);
      void held.release();
    }
    expect(tokens).toEqual([100, 101, 102]);
    await (await adapter.next('mutex-release')).reply(RELEASED);
  });

  it('lets the lock go through Redis after ten hand-overs, the next attempt right behind the release', async () => {
    const { adapter, grants } = await crowd(12);
    for (const grant of grants.slice(0, 11)) void (await grant).release();
    expect(await settled(grants[11]!)).toBe(false);
    const release = await adapter.next('mutex-release');
    const attempt = await adapter.next('mutex-acquire');
    expect(attempt.args[0]).not.toBe(release.args[0]);
    await release.reply(RELEASED);
    await attempt.reply(granted(500));
    expect((await grants[11]!).fencingToken).toBe(500);
  });

  it('hands on no lease with less left than the next caller needs', async () => {
    const { adapter, grants, first, environment } = await crowd(2);
    environment.stall(TTL / 2);
    void first.release();
    expect(await settled(grants[1]!)).toBe(false);
    await (await adapter.next('mutex-release')).reply(RELEASED);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    expect((await grants[1]!).lease.remaining).toBeGreaterThan(TTL / 2);
  });

  it('A8 L3: goes on without a holder that does not come back when its lease is over', async () => {
    const { adapter, grants, first, environment } = await crowd(2);
    const { remaining } = first.lease;
    await environment.pass(remaining - 1);
    expect(adapter.count).toBe(1);
    const attempt = await adapter.nextWithin(2, environment, 'mutex-acquire');
    await attempt.reply(granted(200));
    const second = await grants[1]!;
    // The one that comes back late gives back its own tenure, and takes nothing from the other.
    const late = first.release();
    const release = await adapter.next('mutex-release');
    expect(release.args[0]).not.toBe(attempt.args[0]);
    await release.reply([0]);
    expect(await late).toBe('lost');
    expect(second.lease.remaining).toBeGreaterThan(0);
    void second.release();
    expect((await adapter.next('mutex-release')).args[0]).toBe(attempt.args[0]);
  });

  it('passes over those who have stopped waiting, and tells each of them who has the lock', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const first = acquire();
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    const abort = new AbortController();
    const second = rejection(acquire({ signal: abort.signal }));
    const third = rejection(acquire({ timeout: 100 }));
    const fourth = acquire();
    abort.abort('gone');
    expect(await second).toBe('gone');
    await environment.pass(100);
    expect(await third).toMatchObject({ code: 'LOCK_TIMEOUT', holder: 'host/1 Test.run', waited: 100 });
    void (await first).release();
    expect((await fourth).lease.remaining).toBeGreaterThan(0);
    expect(adapter.count).toBe(1);
  });

  it('takes its place in the queue back when the last of them has stopped waiting', async () => {
    const { acquire, adapter, engine } = scriptedEngine();
    adapter.hears = true;
    const abort = new AbortController();
    const callers = [1, 2, 3].map(() => rejection(acquire({ signal: abort.signal })));
    await (await adapter.next('mutex-acquire')).reply(busy());
    const placed = await adapter.next('mutex-acquire');
    await placed.reply(busy());
    abort.abort('gone');
    expect(await Promise.all(callers)).toEqual(['gone', 'gone', 'gone']);
    const release = await adapter.next('mutex-release');
    expect(release.args[0]).toBe(placed.args[0]);
    await release.reply([0]);
    await engine.cleanup.finish();
    expect(adapter.unseen).toEqual([]);
  });

  it('is refused together when Redis refuses for good, and stands again for those who come after', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const callers = [1, 2].map(() => rejection(acquire()));
    await (await adapter.next('mutex-acquire')).fail(new Error('NOPERM no'));
    for (const error of await Promise.all(callers)) expect(error).toMatchObject({ reason: 'NOPERM' });
    expect(environment.pending).toEqual([]);
    const again = acquire();
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    expect(await again).toBeDefined();
  });

  it('E5 E1: is no longer than maxWaiters, all lines together; who is served makes room', async () => {
    const { acquire, adapter, told } = scriptedEngine({ maxWaiters: 2 });
    const first = acquire();
    const second = acquire();
    const third = rejection(acquire());
    expect(await third).toMatchObject({ code: 'LOCK_QUEUE_FULL', key: 'k', retryable: true });
    expect(told.map(([name]) => name)).toEqual(['waiting', 'refused']);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await first;
    const fourth = acquire();
    expect(await settled(fourth)).toBe(false);
    void (await first).release();
    void (await second).release();
    expect(await settled(fourth)).toBe(true);
  });

  it('does not hold up a caller that does not wait: who of this process has the lock is known', async () => {
    const { acquire, adapter } = await crowd(1);
    expect(await rejection(acquire({ timeout: 0 }))).toMatchObject({
      code: 'LOCK_TIMEOUT',
      holder: 'host/1 Test.run',
    });
    expect(adapter.count).toBe(1);
  });

  it('is forgotten with a lock that was left to expire', async () => {
    const { acquire, adapter, environment, lines } = scriptedEngine();
    const taken = async (lock: string) => {
      const grant = acquire({ keys: { lock, fence: 'f', queue: 'q', waiters: 'w' } });
      await (await adapter.next('mutex-acquire')).reply(GRANTED);
      return grant;
    };
    for (let i = 0; i < 50; i++) await taken(`left ${i}`);
    expect(lines.size).toBe(50);
    await environment.pass(TTL);
    expect(lines.size).toBe(0);
    expect(environment.pending).toEqual([]);
  });
});
