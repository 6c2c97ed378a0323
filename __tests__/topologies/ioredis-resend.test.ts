import { Redis as Redis6 } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';

import { createLocker, ioredis, type Locker } from '../../src/index.js';
import { type FaultProxy, startProxy, swallow } from '../support/fault-proxy.js';
import { type Closable, closed, type TestedRedis } from '../support/ioredis-backend.js';
import { keysLeft } from '../support/keys-left.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { calls } from '../support/script-calls.js';

/** How long a client waits before it connects again, in ms. */
const AWAY = 300;
const TTL = 20_000;

const VERSIONS: [string, (port: number) => TestedRedis][] = [
  ['ioredis 6', (port) => new Redis6({ host: '127.0.0.1', port, retryStrategy: () => AWAY })],
  ['ioredis 5', (port) => new Redis5({ host: '127.0.0.1', port, retryStrategy: () => AWAY })],
];

describe.each(VERSIONS)('what %s sends again when its connection is back', (_, make) => {
  const redis = sharedRedis();
  let proxy: FaultProxy;
  let locker: Locker;
  let direct: Locker;
  const clients: Closable[] = [];

  function lockerAt(port: number): Locker {
    const client = make(port);
    client.on('error', () => undefined);
    clients.push(client);
    return createLocker(ioredis(client), { ttl: TTL });
  }

  beforeEach(async () => {
    proxy = await startProxy(redis().port);
    [locker, direct] = [lockerAt(proxy.port), lockerAt(redis().port)];
    // All scripts are known afterwards: each step is one EVALSHA.
    for (const one of [direct, locker]) await one.withLock('warm', (lock) => lock.extend());
  });
  afterEach(async () => {
    await Promise.all([locker, direct].map((one) => one.close({ grace: 0 })));
    await Promise.all(clients.splice(0).map(closed));
    await proxy.close();
    expect(await keysLeft(redis())).toEqual([]);
  });

  /** Loses the reply to the next call of a script, and the connection with it. @returns how often it is called */
  function loseReply(script: 'acquire' | 'extend' | 'release'): () => number {
    let count = 0;
    let lost = false;
    proxy.onRequest = (bytes, link) => {
      if (!calls(script)(bytes)) return;
      count++;
      if (lost) return;
      lost = true;
      link.set({ toClient: swallow });
      proxy.onReply = () => {
        proxy.onReply = undefined;
        link.cut();
      };
    };
    return () => count;
  }

  it('an acquire is granted once, and its lease counts from when it was first asked for', async () => {
    const sent = loseReply('acquire');
    const lock = await locker.acquire('k');
    expect(sent()).toBe(2);
    expect(lock.remaining).toBeLessThanOrEqual(TTL - AWAY);
    expect(await direct.tryAcquire('k')).toBeNull();
    expect(await lock.extend()).toBe('extended');
    expect(lock.remaining).toBeGreaterThan(TTL - AWAY);
    expect(await lock.release()).toBe('released');
    const next = await direct.acquire('k', { timeout: 0 });
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    await next.release();
  });

  it('an acquire of which the first copy has been taken back comes to nothing', async () => {
    const hasty = createLocker(ioredis(clients[0] as TestedRedis), { commandTimeout: 100 });
    const sent = loseReply('acquire');
    await expect(hasty.acquire('k', { timeout: 50 })).rejects.toMatchObject({ code: 'LOCK_BACKEND' });
    await eventually(sent, 2);
    await hasty.close();
    expect(await direct.tryAcquire('k')).not.toBeNull();
  });

  it('an extension is one', async () => {
    const lock = await locker.acquire('k');
    const sent = loseReply('extend');
    expect(await lock.extend()).toBe('extended');
    expect(sent()).toBe(2);
    expect(await lock.release()).toBe('released');
  });

  it('a release takes nothing away from a successor', async () => {
    const lock = await locker.acquire('k');
    const sent = loseReply('release');
    const released = lock.release();
    const successor = await direct.acquire('k', { timeout: AWAY });
    const value = await redis().command('GET', 'lock:k');
    await released;
    expect(sent()).toBe(2);
    expect(await redis().command('GET', 'lock:k')).toBe(value);
    expect(await successor.release()).toBe('released');
  });

  // The script that is sent again finds the lock gone, and does not know who has given it back.
  it.failing('a release is told as released, or as unknown, but not as lost', async () => {
    const lock = await locker.acquire('k');
    loseReply('release');
    expect(await lock.release()).not.toBe('lost');
  });

  it('a body whose release is sent again has done its work under the lock', async () => {
    loseReply('release');
    expect(await locker.withLock('k', () => 'done')).toBe('done');
  });
});
