import { Redis } from 'ioredis';
import { createCluster, createSentinel } from 'redis';

import { createLocker, nodeRedis } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import { eventually } from '../support/pause.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import type { RedisNodes } from '../support/redis-nodes.js';
import { type RedisSentinel, startSentinel } from '../support/redis-sentinel.js';
import { acquire, extend, grant, THEIRS } from '../support/scripts.js';
import { type DocumentedUser, documentedRules, readAclLog } from '../support/rights.js';

const PASSWORD = 'open sesame';

/** The replies of all of them to one command. */
async function ofAll(
  servers: Pick<RedisNodes, 'ports' | 'command'>,
  ...command: string[]
): Promise<unknown[]> {
  return Promise.all([...servers.ports.keys()].map((node) => servers.command(node, ...command)));
}

/** Makes a user on each of the servers, which may not do what is in `without`. */
async function setUser(
  servers: Pick<RedisNodes, 'ports' | 'command'>,
  user: DocumentedUser,
  ...without: string[]
): Promise<void> {
  const rules = documentedRules(user).filter((word) => !without.includes(word));
  for (const node of servers.ports.keys())
    expect(await servers.command(node, 'ACL', 'SETUSER', user, ...rules, `>${PASSWORD}`)).toBe('OK');
}

/** What was refused on any of the servers, but what clients say of themselves, which Redis 7.2 and later know. */
async function refused(servers: Pick<RedisNodes, 'ports' | 'command'>): Promise<string[]> {
  return (await ofAll(servers, 'ACL', 'LOG'))
    .flatMap(readAclLog)
    .filter(({ object }) => object !== 'client|setinfo')
    .map(({ username, context, object }) => `${username} ${context} ${object}`);
}

async function connected<Client extends { on(event: 'error', listener: () => void): unknown }>(
  client: Client & { connect(): Promise<unknown>; destroy(): unknown },
): Promise<Client & AsyncDisposable> {
  client.on('error', () => undefined);
  await client.connect();
  return Object.assign(client, {
    [Symbol.asyncDispose]: async () => {
      await client.destroy();
    },
  });
}

/** Takes a lock, waits for it, and hands it on. */
async function useLocks(one: Parameters<typeof nodeRedis>[0], other: typeof one): Promise<void> {
  await using ours = createLocker(nodeRedis(one), { timeout: 5_000 });
  await using theirs = createLocker(nodeRedis(other), { timeout: 5_000 });
  const failures: unknown[] = [];
  for (const locker of [ours, theirs]) locker.on('failure', (failure) => failures.push(failure));
  for (const key of ['a', 'b', 'c', '{d}']) {
    const held = await ours.acquire(key);
    const waiting = theirs.acquire(key);
    await new Promise<void>((resolve) => theirs.on('waiting', () => resolve()));
    await held.extend(30_000);
    await held.release();
    expect(await (await waiting).release()).toBe('released');
  }
  expect(failures).toEqual([]);
}

describe('a Cluster', () => {
  const USER = 'latchkey-cluster';
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await startCluster();
  });
  beforeEach(async () => {
    await setUser(cluster, USER);
    await ofAll(cluster, 'ACL', 'LOG', 'RESET');
  });

  const client = () =>
    connected(
      createCluster({
        rootNodes: cluster.urls.map((url) => ({ url })),
        defaults: { username: USER, password: PASSWORD },
      }),
    );

  it('needs the documented rights and no more', async () => {
    await using one = await client();
    await using other = await client();
    expect((await ofAll(cluster, 'CLIENT', 'LIST')).join('\n')).toContain(` user=${USER} `);
    await useLocks(one, other);
    expect(await refused(cluster)).toEqual([]);
  });

  it('can not be reached without CLUSTER SLOTS', async () => {
    await setUser(cluster, USER, '+cluster|slots');
    await expect(client()).rejects.toThrow();
    expect(new Set(await refused(cluster))).toEqual(new Set([`${USER} toplevel cluster|slots`]));
  });

  it.each([
    ['with', [], []],
    ['without', ['+asking'], [`${USER} toplevel asking`]],
  ])(
    'extends a lock whose slot is on the move, when all of it has moved: %s ASKING',
    async (how, without, denied) => {
      await using one = await client();
      const adapter = nodeRedis(one);
      const keys = toRedisKeys('lock:', `moving ${how}`);
      await grant(adapter, { keys });
      await acquire(adapter, { keys, token: THEIRS }, 'latchkey:channel');
      const slot = await cluster.slotOf(keys.lock);
      const from = await cluster.masterOf(keys.lock);
      const to = (await cluster.masters()).find((node) => node !== from)!;
      await cluster.beginMove(slot, to);
      await cluster.moveKeys(slot, to);
      await setUser(cluster, USER, ...without);
      const extended = await extend(adapter, 60_000, { keys }).catch(
        (error: unknown) => (error as Error).message,
      );
      await cluster.endMove(slot, to);
      expect(extended).toMatch(without.length === 0 ? /^extended$/ : /^NOPERM /);
      expect(new Set(await refused(cluster))).toEqual(new Set(denied));
      expect(await extend(adapter, 60_000, { keys })).toBe('extended');
    },
  );
});

describe('Sentinels', () => {
  let sentinel: RedisSentinel;
  beforeAll(async () => {
    sentinel = await startSentinel();
    await setUser(sentinel, 'latchkey');
    await setUser(sentinel.sentinels, 'latchkey-sentinel');
    await setUser(sentinel.sentinels, 'ioredis-sentinel');
  });

  const usersOfSentinels = async (): Promise<string> =>
    (await ofAll(sentinel.sentinels, 'CLIENT', 'LIST')).join('\n');

  it('need the documented rights, and the servers behind them those of one server', async () => {
    const client = () =>
      connected(
        createSentinel({
          name: sentinel.name,
          sentinelRootNodes: [...sentinel.addresses],
          nodeClientOptions: { username: 'latchkey', password: PASSWORD },
          sentinelClientOptions: { username: 'latchkey-sentinel', password: PASSWORD },
        }),
      );
    await using one = await client();
    await using other = await client();
    expect(await usersOfSentinels()).toContain(' user=latchkey-sentinel ');
    await useLocks(one, other);
    expect(await refused(sentinel)).toEqual([]);
    expect(await refused(sentinel.sentinels)).toEqual([]);
  });

  it('are asked for other things by ioredis', async () => {
    const client = new Redis({
      sentinels: [...sentinel.addresses],
      name: sentinel.name,
      ...{ username: 'latchkey', password: PASSWORD },
      ...{ sentinelUsername: 'ioredis-sentinel', sentinelPassword: PASSWORD },
      failoverDetector: true,
    });
    client.on('error', () => undefined);
    try {
      expect(await client.eval('return 1', 0)).toBe(1);
      await eventually(async () => / sub=1 .* user=ioredis-sentinel /.test(await usersOfSentinels()), true);
      expect(await refused(sentinel)).toEqual([]);
      expect(await refused(sentinel.sentinels)).toEqual([]);
    } finally {
      client.disconnect();
    }
  });
});
