import { type Adapter, nodeRedis } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import { mutexRelease } from '../../src/scripts/generated.js';
import { rejection } from '../support/deferred.js';
import { startProxy } from '../support/fault-proxy.js';
import { VERSIONS, versions } from '../support/node-redis-topologies.js';
import { eventually } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { acquire, KEYS, release } from '../support/scripts.js';

const keys = [KEYS.lock, KEYS.fence, KEYS.queue, KEYS.waiters];

describe.each(versions)('waitReplicas of %s', (version) => {
  let master: RedisServer;
  let replica: RedisServer;
  const clients: { readonly isOpen: boolean; destroy(): void }[] = [];

  beforeAll(async () => {
    master = await startRedis('--repl-diskless-sync-delay', '0');
    replica = await startRedis();
    await replica.command('REPLICAOF', '127.0.0.1', String(master.port));
    const linked = async () =>
      String(await replica.command('INFO', 'replication')).includes('link_status:up');
    await eventually(linked, true, 10_000);
  });
  beforeEach(() => master.command('FLUSHALL'));
  afterEach(() => {
    for (const client of clients.splice(0)) if (client.isOpen) client.destroy();
  });

  async function open(url = master.url): Promise<Required<Pick<Adapter, 'waitReplicas'>> & Adapter> {
    const client = VERSIONS[version].createClient({ url });
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    const adapter = nodeRedis(client);
    return { ...adapter, waitReplicas: adapter.waitReplicas! };
  }

  it('tells how many have it, and waits no longer than it may for those that have not', async () => {
    const adapter = await open();
    expect(await acquire(adapter)).toMatchObject({ granted: true });
    expect(await adapter.waitReplicas(keys, 1, 5_000)).toBe(1);
    expect(await replica.command('EXISTS', 'key')).toBe(1);
    replica.freeze();
    try {
      await release(adapter);
      const before = performance.now();
      expect(await adapter.waitReplicas(keys, 1, 100)).toBe(0);
      expect(performance.now() - before).toBeGreaterThanOrEqual(99);
    } finally {
      replica.thaw();
    }
  });

  it('does not take the answer to a new connection, which has written nothing, for the truth', async () => {
    const proxy = await startProxy(master.port);
    try {
      const adapter = await open(proxy.url);
      await acquire(adapter);
      replica.freeze();
      await release(adapter);
      const waiting = rejection(adapter.waitReplicas(keys, 1, 5_000));
      await master.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      expect(await waiting).toBeInstanceOf(Error);
    } finally {
      replica.thaw();
      await proxy.close();
    }
  });

  it('tells nothing of what was written over a connection that is gone since, and all of what came after', async () => {
    const adapter = await open();
    const other = toRedisKeys('', 'other');
    const cut = async (): Promise<void> => {
      await master.command('CLIENT', 'KILL', 'TYPE', 'normal', 'SKIPME', 'yes');
      // Until it is back.
      await eventually(() => release(adapter, { keys: other }).catch(() => 'cut'), 'lost');
    };
    for (let round = 0; round < 2; round++) {
      await acquire(adapter);
      await cut();
      expect(await rejection(adapter.waitReplicas(keys, 1, 5_000))).toMatchObject({
        message: expect.stringMatching(/connection that has written is gone/),
      });
      await acquire(adapter);
      expect(await adapter.waitReplicas(keys, 1, 5_000)).toBe(1);
    }
  });

  it('knows it of the last 10,000 locks', async () => {
    const adapter = await open();
    expect(await adapter.waitReplicas(keys, 1, 5_000)).toBe(1);
    await acquire(adapter);
    const step = (i: number) => [`{${i}}`, `{${i}}f`, `{${i}}q`, `{${i}}w`];
    const releases = (from: number, to: number) =>
      Promise.all(
        Array.from({ length: to - from }, (_, i) =>
          adapter.run(mutexRelease, step(from + i), ['token', 'nonce']),
        ),
      );
    await releases(0, 9_999);
    expect(await adapter.waitReplicas(keys, 1, 5_000)).toBe(1);
    await releases(9_999, 10_000);
    expect(await rejection(adapter.waitReplicas(keys, 1, 5_000))).toBeInstanceOf(Error);
    expect(await adapter.waitReplicas(step(9_999), 1, 5_000)).toBe(1);
  });

  it('says that the client is closed', async () => {
    const adapter = await open();
    for (const client of clients) client.destroy();
    expect(await rejection(adapter.waitReplicas(keys, 1, 100))).toMatchObject({ code: 'CLIENT_CLOSED' });
  });

  it('has one listener on the client, however many adapters it has', async () => {
    const client = VERSIONS[version].createClient({ url: master.url });
    const adapters = Array.from({ length: 20 }, () => nodeRedis(client));
    expect(adapters.every(({ waitReplicas }) => waitReplicas !== undefined)).toBe(true);
    expect(client.listenerCount('reconnecting')).toBe(1);
  });
});
