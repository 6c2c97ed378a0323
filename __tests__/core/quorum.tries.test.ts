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
