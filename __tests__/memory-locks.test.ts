import { createLocker, memory } from '../src/index.js';
import { lockContract } from './contracts/lock-contract.js';
import { collectGarbage } from './support/collect-garbage.js';
import { keysIn } from './support/keys-left.js';
import { pause } from './support/pause.js';

lockContract('memory()', async () => {
  const adapter = memory();
  const { keyspace } = adapter;
  return {
    connect: async () => adapter,
    get: async (key) => keyspace.get(key),
    set: async (key, value, ttl) => void keyspace.set(key, value, ttl),
    delete: async (key) => void keyspace.delete(key),
    keys: async () => keysIn(adapter),
    stop: async () => undefined,
  };
});

it('leaves no lock behind, in whatever moment of a grant the locker is closed', async () => {
  for (let moment = 0; moment < 30; moment++) {
    const adapter = memory();
    const locker = createLocker(adapter);
    const acquired = locker.acquire('k').catch(() => undefined);
    for (let turn = 0; turn < moment; turn++) await Promise.resolve();
    await locker.close({ grace: 0 });
    expect({ moment, left: keysIn(adapter) }).toEqual({ moment, left: [] });
    expect((await acquired)?.held).not.toBe(true);
  }
});

it('forgets locks that are left to expire', async () => {
  let now = 0;
  // Both clocks: on a busy machine the real one would pass by more than a grant may take, and nothing here waits.
  jest.spyOn(performance, 'now').mockImplementation(() => now);
  jest.spyOn(Date, 'now').mockImplementation(() => now);
  const locker = createLocker(memory({ now: () => now }), { ttl: 100 });
  const forgotten: WeakRef<object>[] = [];
  for (let i = 0; i < 2_000; i++) {
    forgotten.push(new WeakRef(await locker.acquire(i)));
    now += 1;
  }
  jest.restoreAllMocks();
  // Every lease is over by now, and notices it within its ttl.
  await pause(150);
  await collectGarbage();
  expect(forgotten.filter((lock) => lock.deref() !== undefined).length).toBeLessThan(500);
  // The locker was there all the time: they were not collected with it.
  await locker.close();
});

it.each([
  [{ now: 5 }, 'memory: now must be a function, not 5'],
  [{ nwo: () => 0 }, 'memory: there is no option "nwo"; there are now'],
])('refuses the options %j', (options, message) => {
  expect(() => memory(options as never)).toThrow(new TypeError(message));
});
