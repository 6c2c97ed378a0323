import { EngineLocker } from '../../src/create-locker.js';
import { type Adapter, memory } from '../../src/index.js';
import { granted, GRANTED, NOT_OURS, ScriptedAdapter } from '../support/scripted-adapter.js';
import { settle, VirtualEnvironment } from '../support/virtual-environment.js';

const OPTIONS = { ttl: 2_000, commandTimeout: 400 };

/** An adoption of a lock of three servers, whose every answer is the test's. */
async function adoption(options = OPTIONS) {
  const environment = new VirtualEnvironment();
  const servers = Array.from({ length: 3 }, () => new ScriptedAdapter());
  const locker = new EngineLocker(servers, options, environment);
  const acquired = locker.acquire('k');
  for (const server of servers) await (await server.next('quorum-acquire')).reply(GRANTED);
  for (const server of servers) await (await server.next('mutex-raise')).reply([1]);
  for (const server of servers) await server.next('server-memory');
  const adopted = locker.adopt((await acquired).serialize());
  adopted.catch(() => undefined);
  await settle();
  const [first, second, third] = servers as [ScriptedAdapter, ScriptedAdapter, ScriptedAdapter];
  return { environment, servers, first, second, third, adopted };
}

it('an adoption asks a server only when the one before it has agreed', async () => {
  const { servers, first, second, third, adopted } = await adoption();
  const asked = await first.next('mutex-adopt');
  expect([second.unseen, third.unseen]).toEqual([[], []]);
  await asked.reply(granted(7));
  await (await second.next('mutex-adopt')).reply(granted(8));
  await third.next('mutex-adopt');
  for (const server of servers.slice(0, 2)) await (await server.next('mutex-raise')).reply([1]);
  expect((await adopted).fencingToken).toBe(8);
});

it('an adoption goes on at once behind a server that fails', async () => {
  const { first, second } = await adoption();
  await (await first.next('mutex-adopt')).fail(new Error('LOADING'));
  await second.next('mutex-adopt');
});

it.each([
  [
    'that has refused it',
    async (first: ScriptedAdapter) => (await first.next('mutex-adopt')).reply(NOT_OURS),
  ],
  [
    'that is silent',
    async (first: ScriptedAdapter) => {
      await first.next('mutex-adopt');
    },
  ],
])('an adoption goes on after 50 ms behind a server %s', async (_, answer) => {
  const { environment, first, second } = await adoption();
  await answer(first);
  await environment.pass(49);
  expect(second.unseen).toEqual([]);
  await environment.pass(1);
  await second.next('mutex-adopt');
});

it('an adoption has asked all servers when half of its time is over', async () => {
  const { environment, servers } = await adoption({ ttl: 2_000, commandTimeout: 60 });
  await environment.pass(20);
  for (const server of servers) await server.next('mutex-adopt');
});

it('of two who adopt a lock at once one has it, however their commands travel, and with a dead server', async () => {
  for (const dead of [undefined, 0, 1, 2]) {
    for (let routes = 0; routes < 64; routes++) {
      const environment = new VirtualEnvironment();
      const stores = [0, 1, 2].map(() => memory({ now: () => environment.wall }));
      for (const { keyspace } of stores) keyspace.set('lock:~memory', '1');
      const wait = (ms: number) => new Promise<void>((resolve) => void environment.timers.set(resolve, ms));
      /** Each way is either short or long, as the bits of `routes` say. */
      const program = (bits: number): EngineLocker => {
        const connect = (store: (typeof stores)[number], i: number): Adapter => ({
          subscribe: () => Promise.reject(new Error('no messages')),
          async run(...call) {
            if (i === dead) return new Promise<never>(() => undefined);
            await wait((bits >> i) & 1 ? 20 : 1);
            return store.run(...call);
          },
        });
        return new EngineLocker(stores.map(connect), OPTIONS, environment);
      };
      const [ours, theirs] = [program(routes & 7), program(routes >> 3)];
      const acquired = ours.acquire('k');
      await environment.pass(150);
      const text = (await acquired).serialize();
      const adopted: unknown[] = [];
      const refused: unknown[] = [];
      for (const locker of [ours, theirs])
        void locker.adopt(text, { timeout: 500 }).then(
          (lock) => adopted.push(lock),
          (error: unknown) => refused.push(error),
        );
      await environment.pass(400);
      const story = `routes ${routes.toString(2)}, server ${String(dead)} is dead`;
      expect([story, adopted.length, refused]).toMatchObject([story, 1, [{ code: 'LOCK_LOST' }]]);
    }
  }
});
