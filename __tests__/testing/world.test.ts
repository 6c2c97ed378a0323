import { setDefaultLocker, WithLock } from '../../src/index.js';
import { testWorld } from '../../src/testing/index.js';
import { settle } from '../../src/testing/virtual-environment.js';

/** What comes of a call, once it has come. */
function watch(call: Promise<unknown>): { outcome: unknown } {
  const seen: { outcome: unknown } = { outcome: 'pending' };
  call.then(
    () => (seen.outcome = 'done'),
    (error: unknown) => {
      const { code, reason } = error as { code?: string; reason?: string };
      seen.outcome = [code, reason];
    },
  );
  return seen;
}

class Till {
  entered = 0;
  @WithLock('till', { timeout: 5_000 })
  async count(): Promise<void> {
    this.entered++;
  }
}

afterEach(() => setDefaultLocker(undefined));

it('keeps two lockers of one world apart, and passes their lock on', async () => {
  const world = testWorld();
  const [a, b] = [world.locker(), world.locker()];
  const held = await a.acquire('k');
  const waiting = b.acquire('k', { timeout: 60_000 });
  const seen = watch(waiting);
  await world.pass(30_000);
  expect(seen.outcome).toBe('pending');
  expect(held.held).toBe(true);
  await held.release();
  await world.pass(0);
  expect(seen.outcome).toBe('done');
});

it('keeps two worlds apart', async () => {
  await testWorld().locker().acquire('k');
  expect(await testWorld().locker().tryAcquire('k')).not.toBeNull();
});

it('lets a decorated method time out when its time has passed, and not before', async () => {
  const world = testWorld();
  setDefaultLocker(world.locker());
  await world.locker().acquire('till');
  const till = new Till();
  const seen = watch(till.count());
  await world.pass(4_900);
  expect(seen.outcome).toBe('pending');
  await world.pass(200);
  expect(seen.outcome).toEqual(['LOCK_TIMEOUT', undefined]);
  expect(till.entered).toBe(0);
});

it('goes on under fake timers that leave microtasks alone', async () => {
  jest.useFakeTimers({ doNotFake: ['queueMicrotask'] });
  try {
    const world = testWorld();
    const held = await world.locker().acquire('k');
    const waiting = world.locker().acquire('k', { timeout: 60_000 });
    const seen = watch(waiting);
    await world.pass(20_000);
    expect(seen.outcome).toBe('pending');
    await held.release();
    await world.pass(0);
    expect(seen.outcome).toBe('done');
  } finally {
    jest.useRealTimers();
  }
});

it('lets the code under test pass through turns of the event loop between two timers', async () => {
  const world = testWorld();
  const at: number[] = [];
  const start = world.now;
  const locker = world.locker();
  const first = await locker.acquire('k', { ttl: 6_000 });
  first.signal.addEventListener('abort', () => {
    void settle(15).then(() => at.push(world.now - start));
  });
  world.redis.steal('k');
  await world.pass(60_000);
  expect(at).toHaveLength(1);
  expect(at[0]).toBeLessThan(6_000);
});

it.each([[-1], [Number.NaN], ['1s']])('refuses to let %p ms pass', async (ms) => {
  await expect(testWorld().pass(ms as number)).rejects.toThrow(/^pass: ms must be/);
});

it('can steal a lock before there is a locker', async () => {
  const world = testWorld();
  world.redis.steal('k');
  await expect(world.locker().tryAcquire('k')).resolves.toBeNull();
  world.redis.expire('k');
  await expect(world.locker().tryAcquire('k')).resolves.not.toBeNull();
});
