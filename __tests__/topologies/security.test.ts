import { Redis } from 'ioredis';
import { createCluster, createSentinel } from 'redis';

import { createLocker, nodeRedis } from '../../src/index.js';
import { eventually } from '../support/pause.js';
import { type RedisCluster, startCluster } from '../support/redis-cluster.js';
import type { RedisNodes } from '../support/redis-nodes.js';
import { type RedisSentinel, startSentinel } from '../support/redis-sentinel.js';
import { type DocumentedUser, documentedRules, readAclLog } from '../support/rights.js';

const PASSWORD = 'open sesame';

/** Makes a user on each of the servers, which may not do what is in `without`. */
async function setUser(
  { ports, command }: Pick<RedisNodes, 'ports' | 'command'>,
  user: DocumentedUser,
  ...without: string[]
): Promise<void> {
  const rules = documentedRules(user).filter((word) => !without.includes(word));
  for (const node of ports.keys())
    expect(await command(node, 'ACL', 'SETUSER', user, ...rules, `>${PASSWORD}`)).toBe('OK');
}

/** What was refused on any of the servers, but what clients say of themselves, which Redis 7.2 and later know. */
async function refused({ ports, command }: Pick<RedisNodes, 'ports' | 'command'>): Promise<string[]> {
  const logs = await Promise.all([...ports.keys()].map((node) => command(node, 'ACL', 'LOG')));
  return logs
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
    for (const node of cluster.ports.keys()) await cluster.command(node, 'ACL', 'LOG', 'RESET');
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
    const list = await Promise.all(
      [...cluster.ports.keys()].map((node) => cluster.command(node, 'CLIENT', 'LIST')),
    );
    expect(list.join('\n')).toContain(` user=${USER} `);
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
  ])('takes locks whose slot is on the move %s the right to ASKING', async (_, without, denied) => {
    await using one = await client();
    const slot = await cluster.slotOf('lock:moving');
    const from = await cluster.masterOf('lock:moving');
    const target = (await cluster.masters()).find((node) => node !== from)!;
    await cluster.beginMove(slot, target);
    await setUser(cluster, USER, ...without);
    await using locker = createLocker(nodeRedis(one), { timeout: 300, commandTimeout: 100 });
    const outcome = await locker.withLock('moving', () => 'done').catch(() => 'refused');
    await cluster.moveKeys(slot, target);
    await cluster.endMove(slot, target);
    expect(outcome).toBe(without.length === 0 ? 'done' : 'refused');
    expect(new Set(await refused(cluster))).toEqual(new Set(denied));
  });
});

describe('Sentinels', () => {
  let sentinel: RedisSentinel;
  beforeAll(async () => {
    sentinel = await startSentinel();
    await setUser(sentinel, 'latchkey');
    await setUser(sentinel.sentinels, 'latchkey-sentinel');
    await setUser(sentinel.sentinels, 'ioredis-sentinel');
  });

  const usersOfSentinels = async (): Promise<string> => {
    const { ports, command } = sentinel.sentinels;
    return (await Promise.all([...ports.keys()].map((node) => command(node, 'CLIENT', 'LIST')))).join('\n');
  };

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
