import { setTimeout as sleep } from 'node:timers/promises';

import type { Locker } from '../../src/index.js';
import { seededRandom } from '../programs/random.js';
import { garbage, pass } from '../support/fault-proxy.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, LATE, linkedLocker, settled } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';

const TIMEOUT = 800;
const MIB = 2 ** 20;

const redis = sharedRedis();
const { random, seed } = seededRandom();

beforeAll(() => {
  process.stdout.write(`c9-garbage.test.ts: bytes from LATCHKEY_SEED=${seed}\n`);
});

beforeEach(() => directLocker(redis()));

afterEach(closeLinked);

const noise = (length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => Math.floor(random() * 256)));

/** What comes in the place of each reply. All of it is in a form that a client may take for the beginning of a reply. */
const kinds: [string, () => Buffer | string][] = [
  ['noise', () => noise(200)],
  ['a page of another protocol', () => 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
  ['a reply of another command', () => '+OK\r\n'],
  ['a null', () => '_\r\n'],
  ['a null of the older protocol', () => '$-1\r\n'],
  ['numbers out of range', () => '*3\r\n:1\r\n:-5\r\n:0\r\n'],
  ['a grant without an end', () => '*3\r\n:1\r\n:5'],
  ['a number with a fraction', () => '*3\r\n:1\r\n,1.5\r\n:7\r\n'],
  ['too many numbers', () => '*4\r\n:1\r\n:1\r\n:1\r\n:1\r\n'],
  ['an error without words', () => '-\r\n'],
  ['an error that nobody knows', () => '-OOPS what was that\r\n'],
  ['an announcement of 2 billion entries', () => '*2000000000\r\n:1\r\n'],
  ['an announcement of 90 GiB', () => '$99999999999\r\nxxx'],
  ['a map', () => '%1\r\n+granted\r\n:1\r\n'],
];

/** Lets garbage come instead of every reply, until a call has ended by it; then all must be well on a new connection. */
async function expectTypedError(name: string, what: () => Buffer | string): Promise<void> {
  const { locker, proxy } = await linkedLocker(redis(), { timeout: TIMEOUT, commandTimeout: 300 });
  const key = `garbled ${name}`;
  let ran = false;
  proxy.set({ toClient: garbage(() => Buffer.from(what())) });
  const { ms, error } = await settled(() => locker.withLock(key, () => (ran = true)));
  expect({ name, error }).toMatchObject({ error: { name: 'LockBackendError', code: 'LOCK_BACKEND' } });
  expect(ms).toBeLessThanOrEqual(TIMEOUT + LATE);
  expect(ran).toBe(false);
  await expectUsual(locker, key, () => proxy.heal());
}

async function expectUsual(locker: Locker, key: string, heal: () => void): Promise<void> {
  heal();
  const { value, error } = await settled(() => locker.withLock(key, () => 'done', { timeout: 10_000 }));
  expect([value, error]).toEqual(['done', undefined]);
}

test('C9 L1 E1: garbage in the place of replies is an error of ours in time, no grant and no crash', async () => {
  await Promise.all(kinds.map(([name, what]) => expectTypedError(name, what)));
  await Promise.all(
    Array.from({ length: 20 }, (_, i) => expectTypedError(`noise ${i}`, () => noise(1 + i * 20))),
  );
  await closeLinked();
  expect(await keysLeft(redis())).toEqual([]);
});

test('C9 S3 S5: garbage in the place of replies to extensions is a lost lock in time', async () => {
  const TTL = 900;
  await Promise.all(
    kinds.map(async ([name, what]) => {
      const { locker, proxy } = await linkedLocker(redis(), { ttl: TTL });
      const start = performance.now();
      const { error } = await settled(() =>
        locker.withLock(name, async ({ signal }) => {
          proxy.set({ toClient: garbage(() => Buffer.from(what())) });
          await new Promise((resolve) => signal.addEventListener('abort', resolve, { once: true }));
          expect(performance.now() - start).toBeLessThanOrEqual(TTL + LATE);
        }),
      );
      expect({ name, error }).toMatchObject({ error: { name: 'LockLostError', code: 'LOCK_LOST' } });
      await expectUsual(locker, name, () => proxy.heal());
    }),
  );
});

test('C9 R3: a reply of 64 MiB is an error of ours, and costs no more than a few times its size', async () => {
  const { locker, proxy } = await linkedLocker(redis(), { timeout: 3_000, commandTimeout: 2_000 });
  const before = process.memoryUsage.rss();
  let most = before;
  const huge = Buffer.concat([
    Buffer.from(`$${64 * MIB}\r\n`),
    Buffer.alloc(64 * MIB, 'x'),
    Buffer.from('\r\n'),
  ]);
  const watch = setInterval(() => (most = Math.max(most, process.memoryUsage.rss())), 10);
  proxy.set({ toClient: garbage(huge) });
  const { error } = await settled(() => locker.withLock('huge', () => 'ran'));
  clearInterval(watch);
  expect(error).toMatchObject({ name: 'LockBackendError', reason: 'UNEXPECTED_REPLY' });
  process.stdout.write(`c9-garbage.test.ts: ${Math.round((most - before) / MIB)} MiB more for 64 MiB\n`);
  // The test's copies, the proxy's and the client's, in pieces and as a whole, as bytes and as text.
  expect(most - before).toBeLessThan(8 * 64 * MIB);
  await expectUsual(locker, 'huge', () => proxy.heal());
});

// node-redis goes on with a stream that it can not read: the command whose reply was garbage waits on, and gets the next
// one's reply, whose own caller gets the one after that. Each reply says to which call it belongs.
test('C9 S1: garbage in place of one reply does not grant its caller what the next reply grants to another', async () => {
  const { locker, proxy } = await linkedLocker(redis(), { timeout: 2_000, commandTimeout: 1_000 });
  const direct = await directLocker(redis());
  const held = await direct.acquire('taken');
  let ran = false;
  // The reply to the first call is garbage; the reply to the second one, which is granted, comes behind it.
  proxy.onReply = (_bytes, link) => {
    proxy.onReply = undefined;
    link.set({ toClient: garbage('?\r\n') });
    setImmediate(() => link.set({ toClient: pass }));
  };
  const first = settled(() => locker.withLock('taken', () => (ran = true)));
  await sleep(100);
  const second = settled(() => locker.withLock('free', () => 'done'));
  await Promise.all([first, second]);
  expect(ran).toBe(false);
  held.assertHeld();
});
