import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, memory } from '../../src/index.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

it('of three programs that try a free lock at the same moment, one gets it', async () => {
  const environment = new VirtualEnvironment();
  let throws = 0;
  // Each throws for itself, as programs do.
  Object.assign(environment, { random: () => (throws++ * 0.37) % 1 });
  const stores = [0, 1, 2].map(() => {
    const store = memory({ now: () => environment.wall });
    store.keyspace.set('lock:~memory', '1');
    return store;
  });
  const after = (ms: number): Promise<void> =>
    new Promise((resolve) => void environment.timers.set(resolve, ms, true));
  // Each is nearest to a server of its own, as programs and servers in three zones are.
  const lockers = [0, 1, 2].map((own) => {
    const adapters = stores.map((store, i): Adapter => ({
      subscribe: () => Promise.reject(new Error('no messages')),
      async run(...call) {
        await after(i === own ? 0.2 : 1);
        return store.run(...call);
      },
    }));
    return new EngineLocker(adapters, { ttl: 1_000 }, environment);
  });
  const tried = Promise.all(lockers.map((locker) => locker.tryAcquire('nightly-job')));
  await environment.pass(400);
  const got = (await tried).filter((lock) => lock !== null);
  expect(got.length).toBe(1);
});

it('a try that is between two rounds ends when its caller stops waiting', async () => {
  const environment = new VirtualEnvironment();
  const stores = [0, 1, 2].map(() => memory({ now: () => environment.wall }));
  for (const { keyspace } of stores) keyspace.set('lock:~memory', '1');
  for (const { keyspace } of stores.slice(1)) keyspace.set('lock:k', 'foreign');
  const locker = new EngineLocker(stores, { ttl: 1_000 }, environment);
  const abort = new AbortController();
  const tried = locker.acquire('k', { timeout: 0, signal: abort.signal }).catch((error: unknown) => error);
  await environment.pass(11);
  const reason = new Error('gone');
  abort.abort(reason);
  expect(await tried).toBe(reason);
  await environment.pass(1_000);
  expect(stores[0]!.keyspace.get('lock:k')).toBeNull();
  expect(environment.pendingInForeground).toBe(0);
});
