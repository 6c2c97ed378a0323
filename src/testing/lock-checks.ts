import { createLocker } from '../create-locker.js';
import type { Locker } from '../locker.js';
import type { AdapterCheck } from './adapter-check.js';
import { demand, fresh, type MakeAdapter, same, scriptOf, soon } from './probe.js';

/** Makes two programs, and closes them whatever comes of the check. */
async function withTwo(
  makeAdapter: MakeAdapter,
  use: (ours: Locker, theirs: Locker) => Promise<void>,
): Promise<void> {
  const [ours, theirs] = [await makeAdapter(), await makeAdapter()].map((adapter) =>
    createLocker(adapter, { ttl: 5_000 }),
  ) as [Locker, Locker];
  const close = (): Promise<unknown> =>
    soon(Promise.all([ours.close({ grace: 0 }), theirs.close({ grace: 0 })]), 'close');
  try {
    await use(ours, theirs);
  } catch (error) {
    // What was wrong first is told.
    await close().catch(() => undefined);
    throw error;
  }
  await close();
}

/** That locks work over it. */
export const lockChecks: readonly AdapterCheck[] = [
  {
    name: 'what the adapter says of itself is so',
    async run(makeAdapter) {
      const adapter = await makeAdapter();
      for (const name of ['joins', 'countsListeners'] as const) {
        const value: unknown = adapter[name];
        demand(
          value === undefined || typeof value === 'boolean',
          `${name} must be true, false or left out, not ${String(value)}`,
        );
      }
      if (adapter.joins === true) {
        const keys = ['a', 'b', 'c', 'd'].map((name) => `latchkey-check:${name}`);
        const joined = adapter
          .run(scriptOf('return #KEYS', 4), keys, [])
          .catch((error: unknown) => String(error));
        same(
          await soon(joined, 'run'),
          4,
          'a script with the keys of several locks, which an adapter that joins can run',
        );
      }
      if (adapter.waitReplicas === undefined) return;
      const key = fresh();
      await soon(
        adapter.run(scriptOf("return redis.call('SET', KEYS[1], '', 'PX', 1000)"), [key], []),
        'run',
      );
      const replicas = await soon(adapter.waitReplicas([key], 1, 50), 'waitReplicas');
      await soon(adapter.run(scriptOf("return redis.call('DEL', KEYS[1])"), [key], []), 'run');
      demand(
        Number.isSafeInteger(replicas) && replicas >= 0,
        `waitReplicas must bring a number, not ${String(replicas)}`,
      );
    },
  },
  {
    name: 'two programs exclude each other, and a release hands the lock over by message',
    async run(makeAdapter) {
      await withTwo(makeAdapter, async (ours, theirs) => {
        const key = fresh();
        const held = await soon(ours.acquire(key), 'acquire');
        same(
          await soon(theirs.tryAcquire(key), 'tryAcquire'),
          null,
          'what somebody else gets of a lock that is held',
        );
        const waiting = theirs.acquire(key, { timeout: 4_000 });
        // When the check ends before, nobody else hears what becomes of it.
        waiting.catch(() => undefined);
        same(await soon(held.extend(), 'extend'), 'extended', 'what becomes of an extension');
        same(await soon(held.release(), 'release'), 'released', 'what becomes of a release');
        const next = await soon(waiting, 'acquire after the release');
        demand(
          next.fencingToken > held.fencingToken,
          'the second fencing token must be higher than the first one',
        );
        same(await soon(next.release(), 'release'), 'released', 'what becomes of a release');
      });
    },
  },
  {
    name: 'many locks at once are taken and given back, and several as one',
    async run(makeAdapter) {
      await withTwo(makeAdapter, async (locker) => {
        const tag = fresh();
        const work = Array.from({ length: 100 }, (_, i) => locker.withLock(`${tag}${i % 25}`, () => i));
        same(await soon(Promise.all(work), 'withLock'), [...work.keys()], 'what becomes of a hundred calls');
        const list = await soon(locker.acquire([`${tag}a`, `${tag}b`]), 'acquire of a list');
        same(await soon(list.release(), 'release'), 'released', 'what becomes of a list');
      });
    },
  },
];
