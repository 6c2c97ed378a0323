import { EngineLocker } from '../../src/create-locker.js';
import { busy, GRANTED, NOT_OURS, ScriptedAdapter } from '../support/scripted-adapter.js';
import { settle, VirtualEnvironment } from '../support/virtual-environment.js';

/** A locker over servers whose every answer is the test's. */
function world(count: number, options = {}) {
  const environment = new VirtualEnvironment();
  const servers = Array.from({ length: count }, () => new ScriptedAdapter());
  const locker = new EngineLocker(servers, { ttl: 1_000, commandTimeout: 250, ...options }, environment);
  const next = (name: string) => Promise.all(servers.map((server) => server.next(name)));
  const grantAll = async (): Promise<void> => {
    for (const sent of await next('quorum-acquire')) await sent.reply(GRANTED);
    for (const sent of await next('mutex-raise')) await sent.reply([1]);
    await next('server-memory');
  };
  return { environment, servers, locker, next, grantAll };
}

/** What has become of a promise, to be looked at. */
function outcomeOf(promise: Promise<unknown>): { value?: unknown; error?: unknown; settled: boolean } {
  const outcome: { value?: unknown; error?: unknown; settled: boolean } = { settled: false };
  promise.then(
    (value) => Object.assign(outcome, { value, settled: true }),
    (error: unknown) => Object.assign(outcome, { error, settled: true }),
  );
  return outcome;
}

it('gives back what a round has got whose caller has left meanwhile', async () => {
  const { environment, next, locker } = world(3);
  const acquired = outcomeOf(locker.acquire('k', { timeout: 30 }));
  const asked = await next('quorum-acquire');
  await environment.pass(30);
  expect(acquired.settled).toBe(true);
  await asked[0]!.reply(GRANTED);
  await asked[1]!.reply(busy());
  await asked[2]!.reply(busy());
  // Else the first server is lost to everybody for a whole ttl.
  for (const { args } of await next('mutex-release')) expect(args[0]).toBe(asked[0]!.args[0]);
});

it('gives back what an adoption has got on a minority', async () => {
  const { environment, servers, next, locker, grantAll } = world(3);
  const acquired = locker.acquire('k');
  await grantAll();
  const text = (await acquired).serialize();
  const adopted = outcomeOf(locker.adopt(text));
  const asked = await servers[0]!.next('mutex-adopt');
  await asked.reply(GRANTED);
  await (await servers[1]!.next('mutex-adopt')).reply(NOT_OURS);
  await (await servers[2]!.nextWithin(50, environment, 'mutex-adopt')).reply(NOT_OURS);
  await settle();
  expect(adopted.error).toMatchObject({ code: 'LOCK_LOST' });
  for (const { args } of await next('mutex-release')) expect(args[0]).toBe(asked.args[3]);
});

it('gives back what an adoption may have got on a server that has not answered', async () => {
  const { environment, servers, locker, grantAll } = world(3);
  const acquired = locker.acquire('k');
  await grantAll();
  const text = (await acquired).serialize();
  const adopted = outcomeOf(locker.adopt(text));
  await settle();
  const asked = await servers[0]!.next('mutex-adopt');
  for (const server of servers.slice(1))
    await (await server.nextWithin(50, environment, 'mutex-adopt')).reply(NOT_OURS);
  expect(adopted.error).toMatchObject({ code: 'LOCK_LOST' });
  await asked.reply(GRANTED);
  await environment.pass(250);
  expect((await servers[0]!.next('mutex-release')).args[0]).toBe(asked.args[3]);
});

it('a release settles within one command timeout, also right after a grant that one server has not answered', async () => {
  const { environment, servers, next, locker } = world(3);
  const acquired = locker.acquire('k');
  const asked = await next('quorum-acquire');
  // The third server is dead.
  await asked[0]!.reply(GRANTED);
  await asked[1]!.reply(GRANTED);
  for (const server of servers.slice(0, 2)) await (await server.next('mutex-raise')).reply([1]);
  const lock = await acquired;
  for (const server of servers) await server.next('server-memory');
  const released = outcomeOf(lock.release());
  await (await servers[0]!.next('mutex-release')).reply([1]);
  // And now the second one, too.
  await servers[1]!.next('mutex-release');
  await environment.pass(260);
  expect(released).toMatchObject({ settled: true, value: 'unknown' });
});

it('a call that does not wait settles within two command timeouts', async () => {
  const { environment, servers, next, locker } = world(3);
  const tried = outcomeOf(locker.tryAcquire('k'));
  const asked = await next('quorum-acquire');
  await asked[0]!.reply(GRANTED);
  await asked[1]!.reply(GRANTED);
  await (await servers[0]!.next('mutex-raise')).reply([1]);
  await servers[1]!.next('mutex-raise');
  await environment.pass(260);
  expect(tried).toMatchObject({ settled: true, error: { code: 'LOCK_BACKEND' } });
});

it('sends nothing more to a dead server, and keeps the process for nothing, once it has closed', async () => {
  const { environment, servers, next, locker, grantAll } = world(3);
  const acquired = locker.acquire('k');
  await grantAll();
  const lock = await acquired;
  const released = lock.release();
  const given = await next('mutex-release');
  await given[0]!.reply([1]);
  await given[1]!.reply([1]);
  await released;
  const closed = outcomeOf(locker.close());
  await environment.pass(51);
  expect(closed.settled).toBe(true);
  await environment.pass(250);
  expect(servers[2]!.unseen).toEqual([]);
  expect(environment.pendingInForeground).toBe(0);
});

it('a line that lets others try first still tries in time for a caller with little time left', async () => {
  const { environment, servers, next, locker, grantAll } = world(3);
  const acquired = locker.acquire('k');
  const waiting = outcomeOf(locker.acquire('k', { timeout: 20, ttl: 900 }));
  await grantAll();
  const lock = await acquired;
  const released = lock.release();
  for (const sent of await next('mutex-release')) await sent.reply([1]);
  await released;
  await environment.pass(19);
  expect(waiting.settled).toBe(false);
  expect(servers.map(({ unseen }) => unseen.map(({ name }) => name))).toEqual([
    ['quorum-acquire'],
    ['quorum-acquire'],
    ['quorum-acquire'],
  ]);
});
