import { randomUUID } from 'node:crypto';

import { main } from '../examples/from-redis-mutex.js';
import { createLocker, type Locker, nodeRedis } from '../src/index.js';
import { keysLeft } from './support/keys-left.js';
import { pause } from './support/pause.js';
import { anchorOf, read } from './support/pages.js';
import { type RedisServer, startRedis } from './support/redis-server.js';

const KEY = '+61 491 570 006';
const FOREIGN = '5d4b5b1e-77ff-11f1-8de9-0242ac120002';
const UNLOCK = `
  local present = redis.call('GET', KEYS[1])
  if present ~= ARGV[1] then return 0 end
  return redis.call('DEL', KEYS[1])`;

let server: RedisServer;
let locker: Locker;

/** The two commands that redis_mutex 0.2.0 sends. */
const itsLock = async (uuid: string, key = KEY) => server.command('SET', key, uuid, 'NX', 'PX', '20000');
const itsUnlock = async (uuid: string, key = KEY) => server.command('EVAL', UNLOCK, '1', key, uuid);

beforeAll(async () => {
  server = await startRedis();
  locker = createLocker(nodeRedis(await server.client()), { prefix: '' });
});
beforeEach(() => server.command('FLUSHALL'));
afterAll(() => locker.close({ grace: 0 }));

describe('while redis_mutex holds a key', () => {
  it('ours waits, and gets the lock after its unlock', async () => {
    expect(await itsLock(FOREIGN)).toBe('OK');
    let unlocked = false;
    const waiting = locker.withLock(KEY, () => unlocked);
    await pause(100);
    unlocked = true;
    expect(await itsUnlock(FOREIGN)).toBe(1);
    expect(await waiting).toBe(true);
    expect(await server.command('EXISTS', KEY)).toBe(0);
  });

  it('ours waits, and gets the lock after its expiry', async () => {
    await itsLock(FOREIGN);
    // As if most of its 20 s had passed.
    const start = performance.now();
    await server.command('PEXPIRE', KEY, '100');
    const lock = await locker.acquire(KEY, { timeout: 5_000 });
    expect(performance.now() - start).toBeGreaterThanOrEqual(99);
    expect(await lock.release()).toBe('released');
  });

  it('ours gives up after its timeout, and says that the value is not of its making', async () => {
    await itsLock(FOREIGN);
    const start = performance.now();
    const refused = await locker.acquire(KEY, { timeout: 600 }).catch((error: unknown) => error);
    expect(performance.now() - start).toBeLessThan(2_000);
    expect(refused).toMatchObject({ code: 'LOCK_TIMEOUT', holder: undefined });
    expect((refused as Error).message).toMatch(
      /^lock "\+61 491 570 006" was not granted within its timeout of 600 ms \(waited \d+ ms\); held by a value that latchkey did not write$/,
    );
    expect(await server.command('GET', KEY)).toBe(FOREIGN);
    expect(await server.command('PTTL', KEY)).toBeGreaterThan(15_000);
  });

  it('ours does not get it by one attempt either', async () => {
    await itsLock(FOREIGN);
    expect(await locker.tryAcquire(KEY)).toBeNull();
  });

  it('ours does not delete its key, which it got after ours had expired', async () => {
    const lock = await locker.acquire(KEY);
    await server.command('DEL', KEY);
    await itsLock(FOREIGN);
    expect(await lock.release()).toBe('lost');
    expect(await server.command('GET', KEY)).toBe(FOREIGN);
    expect(await itsUnlock(FOREIGN)).toBe(1);
  });
});

describe('while ours holds a key', () => {
  it('redis_mutex does not get it before the release', async () => {
    const lock = await locker.acquire(KEY);
    expect(await itsLock(FOREIGN)).toBeNull();
    await lock.release();
    expect(await itsLock(FOREIGN)).toBe('OK');
  });

  it('the unlock of redis_mutex deletes nothing', async () => {
    const lock = await locker.acquire(KEY);
    const value = await server.command('GET', KEY);
    expect(await itsUnlock(FOREIGN)).toBe(0);
    expect(await server.command('GET', KEY)).toBe(value);
    expect(await lock.release()).toBe('released');
  });

  it('redis_mutex gets it after the expiry', async () => {
    const lock = await locker.acquire(KEY, { ttl: 100, extend: false });
    expect(await itsLock(FOREIGN)).toBeNull();
    await pause(130);
    expect(await itsLock(FOREIGN)).toBe('OK');
    expect(await lock.release()).toBe('lost');
    expect(await server.command('GET', KEY)).toBe(FOREIGN);
  });
});

describe('both at the same time', () => {
  it('run one body at a time', async () => {
    let inside = 0;
    let bodies = 0;
    const body = async (): Promise<void> => {
      expect(++inside).toBe(1);
      await pause(1);
      bodies++;
      inside--;
    };
    const its = async (): Promise<void> => {
      for (let i = 0; i < 20; i++) {
        const uuid = randomUUID();
        while ((await itsLock(uuid)) === null) await pause(1);
        await body();
        expect(await itsUnlock(uuid)).toBe(1);
      }
    };
    const ours = async (): Promise<void> => {
      for (let i = 0; i < 10; i++) await locker.withLock(KEY, body);
    };
    await Promise.all([its(), its(), ours(), ours()]);
    expect(bodies).toBe(60);
  });

  it('never means another key than was asked for', async () => {
    await expect(locker.acquire('line\nbreak')).rejects.toMatchObject({ code: 'LOCK_KEY' });
    expect(await server.command('DBSIZE')).toBe(0);
  });
});

describe('docs/from-redis-mutex.md', () => {
  const page = read('docs/from-redis-mutex.md');

  it.each([
    'use RedisMutex',
    'with_lock(key, timeout \\\\ 40_000)',
    'take_lock',
    'lock',
    'unlock',
    'unlock_script',
    'redis_url',
    'RedisMutex.Error',
    'RedisMutex.LockMock',
  ])('has a row for `%s` that leads to code', (name) => {
    const row = page.split('\n').find((line) => line.startsWith(`| [\`${name}\`](#`));
    const [, anchor] = /\(#([\w-]+)\)/.exec(row ?? '') ?? [];
    expect(anchor).toBeDefined();
    const sections = page.split(/^## /m).slice(1);
    const section = sections.find((text) => anchorOf(text.split('\n', 1)[0]!) === anchor);
    expect(section).toContain('```ts\n');
  });

  it('shows the message of a timeout as it is', async () => {
    await itsLock(FOREIGN, '+61491570006');
    const refused = await locker.acquire('+61491570006', { timeout: 600 }).catch((error: unknown) => error);
    const shown = page.replace(/\n> /g, ' ').replace(/\d+ ms/g, 'n ms');
    expect(shown).toContain((refused as Error).message.replace(/\d+ ms/g, 'n ms'));
  });

  it('has an example that runs to its end and leaves nothing in Redis', async () => {
    const printed: string[] = [];
    await main(server.url, (line) => printed.push(line));
    expect(printed).toEqual([
      'addMember: true, then false',
      'renameMember: now Grace',
      'removeMember: true',
      'closeTheBooks: closed in time',
      'sweepUnlessSwept: swept',
      'sweepUnlessSwept: somebody else sweeps',
      'statusOf: 409',
      'countVotes: released',
      "overrun: lost, and left the other one's value",
      'testWithoutRedis: true, false',
    ]);
    expect(await keysLeft(server)).toEqual([]);
  });
});
