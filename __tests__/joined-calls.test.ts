import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient } from 'redis';

import { createLocker, type Lock, type Locker, nodeRedis } from '../src/index.js';
import { pause } from './support/pause.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

const COUNT = 64;
const KEYS = Array.from({ length: COUNT }, (_, i) => `key-${i}`);

let locker: Locker;
afterEach(() => locker.close());

const takeAll = (): Promise<Lock[]> => Promise.all(KEYS.map((key) => locker.acquire(key)));
const giveAll = (locks: Lock[]): Promise<unknown> => Promise.all(locks.map((lock) => lock.release()));

/** How many scripts clients have run since the last time. */
async function scripts(server: RedisServer): Promise<number> {
  const info = String(await server.command('INFO', 'commandstats'));
  await server.command('CONFIG', 'RESETSTAT');
  return [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)].reduce((sum, [, n]) => sum + Number(n), 0);
}

/** How many of the locks somebody has. */
async function held(server: RedisServer): Promise<number> {
  const there = await Promise.all(KEYS.map((key) => server.command('EXISTS', `lock:${key}`)));
  return there.reduce<number>((sum, one) => sum + Number(one), 0);
}

it('takes in one command what is asked for in one turn, and gives it back in as few', async () => {
  const server = await startRedis();
  locker = createLocker(nodeRedis(await server.client()));
  await giveAll(await takeAll());
  await scripts(server);

  const locks = await takeAll();
  expect(await scripts(server)).toBe(1);
  expect(await held(server)).toBe(COUNT);
  await giveAll(locks);
  expect(await scripts(server)).toBe(1);
  expect(await held(server)).toBe(0);
});

it('gives back in one command what is still held when the locker closes', async () => {
  const server = await startRedis();
  const client = await server.client();
  locker = createLocker(nodeRedis(client));
  // What is asked once, behind the first grant, is asked before the next ones.
  await giveAll(await takeAll());
  await takeAll();
  await scripts(server);
  await locker.close({ grace: 0 });
  expect(await scripts(server)).toBe(1);
  expect(await held(server)).toBe(0);
  expect(client.isReady).toBe(true);
});

it('works with a server that has hash slots, which refuses the first joined command', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'latchkey-slots-'));
  const server = await startRedis('--cluster-enabled', 'yes', '--cluster-config-file', join(folder, 'nodes'));
  await server.command('CLUSTER', 'ADDSLOTSRANGE', '0', '16383');
  locker = createLocker(nodeRedis(await server.client()));
  await locker.withLock('warm', () => undefined);
  await scripts(server);

  const locks = await takeAll();
  expect(await held(server)).toBe(COUNT);
  await giveAll(locks);
  expect(await held(server)).toBe(0);
  // One that was refused, before it counted, and then one for each step.
  expect(await scripts(server)).toBe(2 * COUNT);
  await rm(folder, { recursive: true });
});

it('leaves nothing behind of a caller that gave up before the joined command was refused', async () => {
  const server = await startRedis();
  await server.command(
    'ACL',
    'SETUSER',
    'user',
    'on',
    '>secret',
    '+@all',
    '&*',
    '~lock:ours',
    '~{lock:ours}*',
  );
  const client = createClient({ url: server.url, username: 'user', password: 'secret' });
  client.on('error', () => undefined);
  await client.connect();
  locker = createLocker(nodeRedis(client), { ttl: 20_000, commandTimeout: 100 });
  await Promise.all([
    locker.withLock('ours', () => undefined),
    locker.acquire('theirs').catch(() => undefined),
  ]);

  process.kill(server.pid, 'SIGSTOP');
  const calls = ['ours', 'theirs'].map((key) => locker.acquire(key, { timeout: 50 }));
  const outcomes = Promise.allSettled(calls);
  // Past the deadline of the command, and past the moment at which the caller's own clean-up was sent.
  await pause(300);
  process.kill(server.pid, 'SIGCONT');
  expect((await outcomes).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  await locker.close();
  expect(await server.command('EXISTS', 'lock:ours')).toBe(0);
  client.destroy();
});

it('sends every step on its own when it is told to', async () => {
  const server = await startRedis();
  locker = createLocker(nodeRedis(await server.client(), { joins: false }));
  await locker.withLock('warm', () => undefined);
  await scripts(server);
  await giveAll(await takeAll());
  expect(await scripts(server)).toBe(2 * COUNT);
});

it('lets a user who may have some of the keys have them, and tells what is wrong with the others', async () => {
  const server = await startRedis();
  const even = KEYS.flatMap((key, i) => (i % 2 === 0 ? [`~lock:${key}`, `~{lock:${key}}*`] : []));
  await server.command('ACL', 'SETUSER', 'user', 'on', '>secret', '+@all', '&*', ...even);
  const client = createClient({ url: server.url, username: 'user', password: 'secret' });
  client.on('error', () => undefined);
  await client.connect();
  locker = createLocker(nodeRedis(client));

  const outcomes = await Promise.allSettled(KEYS.map((key) => locker.acquire(key)));
  expect(outcomes.map(({ status }) => status)).toEqual(
    KEYS.map((_, i) => (i % 2 === 0 ? 'fulfilled' : 'rejected')),
  );
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected')
      expect(outcome.reason).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NOPERM' });
  }
  expect(await held(server)).toBe(COUNT / 2);
  await locker.close({ grace: 0 });
  expect(await held(server)).toBe(0);
  client.destroy();
});
