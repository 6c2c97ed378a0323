import { Redis as Redis6 } from 'ioredis';
import { Redis as Redis5 } from 'ioredis-5';

import { Exhibits, PASSWORD } from '../support/exhibits.js';
import { createLocker, ioredis, isLockError, type Locker, type LockerOptions } from '../../src/index.js';
import { rejection } from '../support/deferred.js';
import { startProxy, swallow } from '../support/fault-proxy.js';
import { type Closable, closed, type TestedRedis } from '../support/ioredis-backend.js';
import { keysLeft } from '../support/keys-left.js';
import { LATE, settled } from '../support/linked.js';
import { eventually } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';

const TTL = 1_500;

const VERSIONS: [string, (options: object) => TestedRedis][] = [
  ['ioredis 6', (options) => new Redis6({ host: '127.0.0.1', ...options })],
  ['ioredis 5', (options) => new Redis5({ host: '127.0.0.1', ...options })],
];

describe.each(VERSIONS)('%s', (_, make) => {
  const clients: Closable[] = [];
  const lockers: Locker[] = [];
  let server: RedisServer;

  const opened = (options: object): TestedRedis => {
    const client = make(options);
    client.on('error', () => undefined);
    clients.push(client);
    return client;
  };
  const lockerAt = (port: number, options?: LockerOptions): Locker => {
    const locker = createLocker(ioredis(opened({ port })), { ttl: TTL, ...options });
    lockers.push(locker);
    return locker;
  };

  beforeEach(async () => {
    server = await startRedis();
  });
  afterEach(async () => {
    await Promise.all(lockers.splice(0).map((locker) => locker.close({ grace: 0 })));
    await Promise.all(clients.splice(0).map(closed));
    await server.stop();
  });

  it('on a half-open connection: the holder is told before its key expires, and before the next one has it', async () => {
    const proxy = await startProxy(server.port);
    const [ours, theirs] = [lockerAt(proxy.port), lockerAt(server.port)];
    const lock = await ours.acquire('k');
    const told = new Promise<number>((resolve) =>
      lock.signal.addEventListener('abort', () => resolve(Date.now()), { once: true }),
    );
    const next = theirs.acquire('k', { timeout: 10 * TTL }).then((other) => ({ other, at: Date.now() }));
    await eventually(() => server.command('ZCARD', '{lock:k}:~v1:queue'), 1);
    proxy.set({ toServer: swallow, toClient: swallow });
    const expiry = Number(await server.command('PEXPIRETIME', 'lock:k'));
    const toldAt = await told;
    const { other, at } = await next;
    expect(toldAt).toBeLessThanOrEqual(expiry);
    expect(toldAt).toBeLessThanOrEqual(at);
    expect(lock.held).toBe(false);
    expect(other.fencingToken).toBeGreaterThan(lock.fencingToken);
    await other.release();
    proxy.heal();
    await ours.withLock('other', () => undefined);
  });

  it('killed and started again, empty, under 50 waiters: each of them settles in time, and one at a time is inside', async () => {
    const TIMEOUT = 6_000;
    const all = [lockerAt(server.port), lockerAt(server.port), lockerAt(server.port)];
    let inside = 0;
    let most = 0;
    let done = 0;
    const body = async (lock: { signal: AbortSignal }): Promise<void> => {
      // Who has lost the lock is not inside any more.
      const leave = () => inside--;
      most = Math.max(most, ++inside);
      lock.signal.addEventListener('abort', leave, { once: true });
      await new Promise((resolve) => setTimeout(resolve, 20));
      lock.signal.removeEventListener('abort', leave);
      if (!lock.signal.aborted) leave();
      done++;
    };
    const outcomes = Array.from({ length: 50 }, (_, i) =>
      settled(() => all[i % 3]!.withLock('k', body, { timeout: TIMEOUT })),
    );
    await eventually(() => done > 5, true);
    await server.kill();
    await server.start();
    const ended = await Promise.all(outcomes);
    const failures = ended.filter(({ error }) => error !== undefined);
    for (const { error } of failures)
      expect(isLockError(error) && error.code).toMatch(/^LOCK_(LOST|TIMEOUT|BACKEND)$/);
    // The one that was inside may have lost its lock; the others have time enough.
    expect(failures.length).toBeLessThanOrEqual(2);
    expect(Math.max(...ended.map(({ ms }) => ms))).toBeLessThanOrEqual(TIMEOUT + LATE + 50 * 20);
    // A restart without data: the old holder and the next one for the rest of a lease, and no more than these.
    expect(most).toBeLessThanOrEqual(2);
    await Promise.all(lockers.splice(0).map((locker) => locker.close()));
    expect(await keysLeft(server)).toEqual([]);
    await eventually(async () => String(await server.command('PUBSUB', 'CHANNELS')), '');
  });

  describe('before witnesses', () => {
    let exhibits: Exhibits;
    beforeEach(async () => {
      exhibits = new Exhibits();
      await server.command('ACL', 'SETUSER', 'weak', 'on', `>${PASSWORD}`, '+@all', '-evalsha', '~*', '&*');
      await server.command('CONFIG', 'SET', 'requirepass', PASSWORD);
    });
    afterEach(() => exhibits.close());

    it.each<[string, string, object]>([
      ['a client with a wrong password', 'WRONGPASS', { password: `${PASSWORD}!` }],
      ['a client that has not said its password', 'NOAUTH', {}],
      ['a user without rights', 'NOPERM', { username: 'weak', password: PASSWORD }],
      ['a server that is not there', 'CONNECTION', { port: 1, password: PASSWORD, maxRetriesPerRequest: 0 }],
      ['a server that does not answer', 'NO_REPLY', { password: PASSWORD }],
      ['a client with a timeout of its own', 'CONNECTION', { password: PASSWORD, commandTimeout: 50 }],
    ])('no token and no password is to be seen of %s', async (_scene, reason, options) => {
      const client = opened({ port: server.port, showFriendlyErrorStack: true, ...options });
      const locker = exhibits.locker(ioredis(client), { commandTimeout: 200 });
      lockers.push(locker);
      if (reason === 'NO_REPLY' || 'commandTimeout' in options) {
        await locker.withLock('k', () => undefined);
        await server.command('CLIENT', 'PAUSE', '600', 'ALL');
      }
      // What a server says takes a connection first.
      const timeout = reason === 'NO_REPLY' || reason === 'CONNECTION' ? 100 : 900;
      const error = exhibits.add('error', await rejection(locker.acquire('k', { timeout })));
      expect(error).toMatchObject({ code: 'LOCK_BACKEND', reason });
      expect(exhibits.count).toBeGreaterThan(5);
      expect(exhibits.leaks()).toEqual([]);
    });
  });
});
