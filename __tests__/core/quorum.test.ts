import { EngineLocker } from '../../src/create-locker.js';
import type { Execution, Executor } from '../../src/core/executor.js';
import { Quorum } from '../../src/core/quorum.js';
import { takeBack } from '../../src/core/release.js';
import { mutex } from '../../src/kinds/mutex.js';
import { claim, scriptedEngine } from '../support/engine.js';
import { busy, granted, GRANTED, NOT_OURS, RELEASED, ScriptedAdapter } from '../support/scripted-adapter.js';
import { settle, VirtualEnvironment } from '../support/virtual-environment.js';

const AT = 1_700_000_000_000_000;
const { tenure } = claim();

/** A locker over servers whose every answer is the test's. */
function world(count: number, options = {}) {
  const environment = new VirtualEnvironment();
  const servers = Array.from({ length: count }, () => new ScriptedAdapter());
  const locker = new EngineLocker(servers, { ttl: 1_000, commandTimeout: 250, ...options }, environment);
  const next = (name: string) => Promise.all(servers.map((server) => server.next(name)));
  /** Lets all servers grant what is asked for. */
  const grantAll = async (first = false): Promise<void> => {
    for (const sent of await next('quorum-acquire')) await sent.reply(GRANTED);
    for (const sent of await next('mutex-raise')) await sent.reply([1]);
    if (first) await next('server-memory');
  };
  return { environment, servers, locker, next, grantAll };
}

it('sends to all, and takes the highest fencing token, of which a majority knows when the lock is granted', async () => {
  const { servers, locker, next } = world(3);
  const acquired = locker.acquire('k');
  const asked = await next('quorum-acquire');
  for (const { keys, args } of asked) {
    expect(keys).toEqual([
      'lock:k',
      '{lock:k}:~v1:fence',
      '{lock:k}:~v1:queue',
      '{lock:k}:~v1:waiters',
      'lock:~memory',
    ]);
    expect(args.slice(1)).toEqual(['1000', 'host/1 acquire', '11', '1000']);
  }
  await asked[0]!.reply(granted(AT + 5));
  await asked[2]!.reply(granted(AT + 900));
  // The one that has not answered is told when it has.
  const raised = [await servers[0]!.next('mutex-raise'), await servers[2]!.next('mutex-raise')];
  // The block's last: so many sections may follow without asking.
  for (const { args } of raised) expect(args[1]).toBe(String(AT + 910));
  await raised[1]!.reply([1]);
  let done = false;
  void acquired.then(() => (done = true));
  await settle();
  expect(done).toBe(false);
  await raised[0]!.reply([1]);
  expect((await acquired).fencingToken).toBe(AT + 900);
});

it.each([
  ['has lost the lock', async (sent: Awaited<ReturnType<ScriptedAdapter['next']>>) => sent.reply(NOT_OURS)],
  ['refuses', async (sent: Awaited<ReturnType<ScriptedAdapter['next']>>) => sent.fail(new Error('OOM'))],
])(
  'gives all back and tries again under another token when a majority %s before it knows the fencing token',
  async (_, answer) => {
    const { environment, locker, next } = world(3);
    const acquired = locker.acquire('k');
    const asked = await next('quorum-acquire');
    for (const sent of asked) await sent.reply(GRANTED);
    for (const sent of await next('mutex-raise')) await answer(sent);
    const given = await next('mutex-release');
    for (const { args } of given) expect(args).toEqual([asked[0]!.args[0]]);
    for (const sent of given) await sent.reply(RELEASED);
    await environment.pass(100);
    const again = await next('quorum-acquire');
    expect(again[0]!.args[0]).not.toBe(asked[0]!.args[0]);
    for (const sent of again) await sent.reply(GRANTED);
    for (const sent of await next('mutex-raise')) await sent.reply([1]);
    expect((await acquired).held).toBe(true);
  },
);

it('gives back what it has got of a round that somebody else has won, before the next round', async () => {
  const { environment, servers, locker, next } = world(3);
  void locker.acquire('k');
  const asked = await next('quorum-acquire');
  await asked[0]!.reply(GRANTED);
  await asked[1]!.reply(busy(10_000));
  await asked[2]!.reply(busy(10_000));
  const given = await next('mutex-release');
  for (const sent of given) await sent.reply(sent === given[0] ? RELEASED : NOT_OURS);
  expect(servers[0]!.unseen).toEqual([]);
  await environment.pass(40);
  const again = await next('quorum-acquire');
  expect(again[0]!.args[0]).not.toBe(asked[0]!.args[0]);
});

it('keeps its token, and gives nothing back, when it has got nothing', async () => {
  const { environment, servers, locker, next } = world(3);
  void locker.acquire('k');
  const asked = await next('quorum-acquire');
  for (const sent of asked) await sent.reply(busy(10_000));
  expect(servers.map(({ unseen }) => unseen.length)).toEqual([0, 0, 0]);
  await environment.pass(40);
  const again = await next('quorum-acquire');
  expect(again[0]!.args[0]).toBe(asked[0]!.args[0]);
});

it('asks again when the first of those expires that are in the way', async () => {
  const { environment, locker, next, servers } = world(3);
  void locker.acquire('k');
  const asked = await next('quorum-acquire');
  await asked[0]!.reply(busy(20));
  await asked[1]!.reply(busy(15));
  await asked[2]!.reply(busy(10));
  await environment.pass(9);
  expect(servers[0]!.unseen).toEqual([]);
  await environment.pass(30);
  await next('quorum-acquire');
});

it.each([
  ['may decide it', [GRANTED, GRANTED, busy()], 0, 50],
  ['may decide it', [GRANTED, GRANTED, busy()], 80, 80],
  ['can not change that it is refused', [busy(), busy(), busy()], 0, 10],
  ['can not change that it is refused', [busy(), busy(), busy()], 80, 80],
])(
  'waits for the last ones, which %s (%j), when the others took %i ms, for %i ms',
  async (_, replies, first, patience) => {
    const { environment, servers, locker, next } = world(5);
    void locker.acquire('k').catch(() => undefined);
    const asked = await next('quorum-acquire');
    await environment.pass(first);
    for (const [i, reply] of replies.entries()) await asked[i]!.reply(reply);
    await environment.pass(patience - 1);
    expect(servers[0]!.unseen).toEqual([]);
    await environment.pass(1);
    // The last ones may have granted it.
    await servers[0]!.next('mutex-release');
  },
);

it('sends what gives the lock back to a server that has not said whether it has granted it only afterwards', async () => {
  const { environment, servers, locker, next } = world(3);
  const tried = locker.tryAcquire('k');
  const asked = await next('quorum-acquire');
  await asked[0]!.reply(busy());
  await asked[1]!.reply(busy());
  await environment.pass(10);
  expect(await tried).toBeNull();
  await servers[0]!.next('mutex-release');
  await servers[1]!.next('mutex-release');
  await settle();
  expect(servers[2]!.unseen).toEqual([]);
  await asked[2]!.reply(GRANTED);
  await servers[2]!.next('mutex-release');
  await environment.pass(0);
});

it('asks those once more that have not said whether they have given it back', async () => {
  const { environment, servers, locker, next, grantAll } = world(3);
  const acquired = locker.acquire('k');
  await grantAll(true);
  const released = (await acquired).release();
  const given = await next('mutex-release');
  await given[0]!.reply(RELEASED);
  await given[1]!.reply(RELEASED);
  expect(await released).toBe('released');
  await environment.pass(250);
  const again = await servers[2]!.next('mutex-release');
  expect(again.args).toEqual(given[2]!.args);
  await environment.pass(250);
  expect(servers.map(({ unseen }) => unseen.length)).toEqual([0, 0, 0]);
  expect(environment.pendingInForeground).toBe(0);
});

it('closes without waiting for a server that does not answer', async () => {
  const { environment, servers, locker, next, grantAll } = world(3);
  const acquired = locker.acquire('k');
  await grantAll(true);
  const lock = await acquired;
  const released = lock.release();
  const given = await next('mutex-release');
  await given[0]!.reply(RELEASED);
  await given[1]!.reply(RELEASED);
  await released;
  let closed = false;
  void locker.close().then(() => (closed = true));
  await environment.pass(49);
  expect(closed).toBe(false);
  await environment.pass(2);
  expect(closed).toBe(true);
  expect(servers[2]!.unseen).toEqual([]);
});

it('lets others try before a line that has just had the lock tries again', async () => {
  const { environment, servers, locker, next, grantAll } = world(3);
  // Another ttl: it can not be served by the same ownership.
  const [first, second] = [locker.acquire('k'), locker.acquire('k', { ttl: 900 })];
  await grantAll(true);
  const released = (await first).release();
  for (const sent of await next('mutex-release')) await sent.reply(RELEASED);
  await released;
  expect(servers[0]!.unseen).toEqual([]);
  await environment.pass(40);
  await grantAll();
  expect((await second).held).toBe(true);
});

it.each([
  [['extended', 'extended', 'lost'], 'extended'],
  [['lost', 'lost', 'extended'], 'lost'],
  [['extended', 'lost', undefined], 'unknown'],
  [[undefined, undefined, 'extended'], 'unknown'],
])('an extension that is %j on the servers is %s', async (replies, outcome) => {
  const { environment, locker, next, grantAll } = world(3, { extend: false });
  const acquired = locker.acquire('k');
  await grantAll(true);
  const extended = (await acquired).extend();
  const sent = await next('mutex-extend');
  for (const [i, reply] of replies.entries()) {
    if (reply !== undefined) await sent[i]!.reply(reply === 'extended' ? [1] : [0]);
  }
  await environment.pass(250);
  expect(await extended).toBe(outcome);
});

it('counts the lease from before the first server was asked', async () => {
  const { environment } = scriptedEngine();
  const executed: Execution<unknown>[] = [];
  const late: Executor = {
    execute: async (call) => {
      // As slow to send as a process that stalls between two of them.
      environment.stall(30);
      return {
        ok: true,
        reply: call.read(GRANTED),
        sentAt: { mono: environment.mono, wall: environment.wall },
      };
    },
  };
  const since = { mono: environment.mono, wall: environment.wall };
  const { raise: _, ...call } = mutex.acquire(tenure, undefined);
  executed.push(await new Quorum([late, late, late], environment).execute(call, 250));
  expect(executed[0]).toMatchObject({ ok: true, sentAt: since });
});

it('takes back on one server as it did before', async () => {
  const { engine, adapter } = scriptedEngine();
  const taken = takeBack(engine, claim());
  await (await adapter.next('mutex-release')).reply(RELEASED);
  expect(await taken).toBe(true);
});
