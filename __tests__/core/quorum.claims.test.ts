import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, memory } from '../../src/index.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';

/** Three servers, of which a test says which ones can be reached or are slow, and how far their clocks are ahead. */
function world() {
  const environment = new VirtualEnvironment();
  const ahead = [0, 0, 0];
  const down = new Set<number>();
  const slow = new Set<number>();
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
          const reply = await store.run(...call);
          if (slow.has(i)) await new Promise<void>((done) => void environment.timers.set(done, 100));
          return reply;
        },
      })),
      { ttl: 1_000 },
      environment,
    );
  return { environment, ahead, down, slow, stores, locker };
}

const OUT_OF_REACH = 2;
const HAPPENINGS: [string, (made: ReturnType<typeof world>) => void][] = [
  ['a clock jumps', ({ ahead }) => void (ahead[0] = 3_600_000)],
  ['the key is deleted', ({ stores }) => void stores[0]!.keyspace.delete('lock:k')],
];

/** What another program gets at once. */
const tryAt = ({ locker }: ReturnType<typeof world>) =>
  locker()
    .acquire('k', { timeout: 0 })
    .catch(() => undefined);

it.each(HAPPENINGS)(
  'nobody else gets a lock that all servers have when on one of them %s',
  async (_, happens) => {
    const made = world();
    const lock = await made.locker().acquire('k');
    happens(made);
    const other = tryAt(made);
    await made.environment.pass(200);
    expect([lock.held, (await other)?.held ?? false]).toEqual([true, false]);
  },
);

it.each(HAPPENINGS)(
  'nor one that a bare majority has granted, from its next extension on, when %s',
  async (_, happens) => {
    const made = world();
    made.down.add(OUT_OF_REACH);
    const lock = await made.locker().acquire('k');
    made.down.clear();
    await made.environment.pass(400);
    happens(made);
    const other = tryAt(made);
    await made.environment.pass(200);
    expect([lock.held, (await other)?.held ?? false]).toEqual([true, false]);
  },
);

it.each(HAPPENINGS)(
  'the limit: before that extension two hold it when %s, and the fencing token tells them apart',
  async (_, happens) => {
    const made = world();
    made.down.add(OUT_OF_REACH);
    const lock = await made.locker().acquire('k');
    made.down.clear();
    happens(made);
    const other = await tryAt(made);
    expect([lock.held, other?.held]).toEqual([true, true]);
    expect(other!.fencingToken).toBeGreaterThan(lock.fencingToken);
  },
);

it('a lock that is held for long survives that first one server is down and later another one', async () => {
  const { environment, down, locker } = world();
  down.add(OUT_OF_REACH);
  const lock = await locker().acquire('k', { maxHold: Infinity });
  down.clear();
  await environment.pass(10_000);
  expect(lock.held).toBe(true);
  down.add(1);
  await environment.pass(2_000);
  expect(lock.held).toBe(true);
});

it('leaves nothing of what was mended', async () => {
  const { environment, down, stores, locker } = world();
  down.add(OUT_OF_REACH);
  const lock = await locker().acquire('k', { maxHold: Infinity });
  down.clear();
  await environment.pass(400);
  expect(stores.map(({ keyspace }) => keyspace.get('lock:k') !== null)).toEqual([true, true, true]);
  expect(await lock.release()).toBe('released');
  await environment.pass(0);
  expect(stores.map(({ keyspace }) => keyspace.get('lock:k'))).toEqual([null, null, null]);
});

it('takes nothing on a server that answers an extension after the release', async () => {
  const { environment, down, slow, stores, locker } = world();
  down.add(OUT_OF_REACH);
  const lock = await locker().acquire('k');
  down.clear();
  slow.add(OUT_OF_REACH);
  // An extension has been sent, and that server has no answer to it yet: that it does not have the lock.
  await environment.pass(330);
  expect(await lock.release()).toBe('released');
  await environment.pass(300);
  expect(stores.map(({ keyspace }) => keyspace.get('lock:k'))).toEqual([null, null, null]);
});
