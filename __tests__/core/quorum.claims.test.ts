import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, memory } from '../../src/index.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

/** Three servers, of which a test says which ones can be reached, and how far their clocks are ahead. */
function world() {
  const environment = new VirtualEnvironment();
  const ahead = [0, 0, 0];
  const down = new Set<number>();
  const stores = ahead.map((_, i) => {
    const store = memory({ now: () => environment.wall + ahead[i]! });
    store.keyspace.set('lock:~memory', '1');
    return store;
  });
  const locker = () =>
    new EngineLocker(
      stores.map((store, i): Adapter => ({
        subscribe: () => Promise.reject(new Error('no messages')),
        async run(...call) {
          if (down.has(i)) throw Object.assign(new Error('no route'), { code: 'EHOSTUNREACH' });
          return store.run(...call);
        },
      })),
      { ttl: 1_000 },
      environment,
    );
  return { environment, ahead, down, stores, locker };
}

/** docs/topologies.md: "one of them changes nothing", "nothing changes". */
it.each([
  ['a clock jumps', ({ ahead }: ReturnType<typeof world>) => void (ahead[0] = 3_600_000)],
  ['the key is deleted', ({ stores }: ReturnType<typeof world>) => void stores[0]!.keyspace.delete('lock:k')],
])('nobody else gets a lock that a bare majority has granted when on one server %s', async (_, happens) => {
  const made = world();
  made.down.add(2);
  const lock = await made.locker().acquire('k');
  made.down.clear();
  happens(made);
  const other = await made
    .locker()
    .acquire('k', { timeout: 0 })
    .catch(() => undefined);
  expect([lock.held, other?.held ?? false]).toEqual([true, false]);
});

/** docs/topologies.md: "a minority of the servers is down, slow, or unreachable: nothing changes". */
it('a lock that is held for long survives that first one server is down and later another one', async () => {
  const { environment, down, locker } = world();
  down.add(2);
  const lock = await locker().acquire('k', { maxHold: Infinity });
  down.clear();
  await environment.pass(10_000);
  expect(lock.held).toBe(true);
  down.add(1);
  await environment.pass(2_000);
  expect(lock.held).toBe(true);
});
