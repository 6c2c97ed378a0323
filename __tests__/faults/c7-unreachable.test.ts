import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from 'redis';

import { createLocker, type Locker, nodeRedis } from '../../src/index.js';
import { killPrograms, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { cut } from '../support/fault-proxy.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, LATE, linkedLocker, settled } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';

const TIMEOUT = 1_000;
const TTL = 2_000;
const CALLERS = 50;

const redis = sharedRedis();
const { random, seed } = seededRandom();
const open: { destroy(): void }[] = [];

beforeAll(() => {
  process.stdout.write(`c7-unreachable.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
});

afterEach(async () => {
  for (const one of open.splice(0)) one.destroy();
  await closeLinked();
  await killPrograms();
});

/** Calls of every kind, which all end in time, with one error, and without having run. */
async function expectRefused(locker: Locker): Promise<void> {
  let ran = 0;
  const calls = Array.from({ length: CALLERS }, async (_, i) => {
    const timeout = Math.round(TIMEOUT * (0.2 + random()));
    const outcome = await settled(() => locker.withLock(`refused-${i % 10}`, () => ran++, { timeout }));
    return { timeout, ...outcome };
  });
  for (const { timeout, ms, error } of await Promise.all(calls)) {
    expect(error).toMatchObject({ name: 'LockBackendError', code: 'LOCK_BACKEND', retryable: true });
    expect(ms).toBeLessThanOrEqual(timeout + LATE);
  }
  expect(ran).toBe(0);
}

/** All is as usual again, and nothing is left that was asked for meanwhile. */
async function expectHealed(locker: Locker): Promise<void> {
  const { ms, value } = await settled(() => locker.withLock('refused-0', () => 'done', { timeout: 10_000 }));
  expect(value).toBe('done');
  process.stdout.write(`c7-unreachable.test.ts: usual again after ${ms.toFixed(0)} ms\n`);
  await closeLinked();
  expect(await keysLeft(redis())).toEqual([]);
}

test('C7 L1 L5: with connections refused every call ends in time, also of holders, and all is well afterwards', async () => {
  await directLocker(redis());
  const { locker, proxy } = await linkedLocker(redis(), { ttl: TTL });
  const held = await locker.acquire('held');
  await proxy.refuse();
  await expectRefused(locker);
  const { ms, value } = await settled(() => held.release());
  expect(ms).toBeLessThanOrEqual(TTL / 4 + LATE);
  expect(['unknown', 'lost']).toContain(value);
  await proxy.listen();
  await expectHealed(locker);
});

test('C7: connections that are cut as soon as they are made are not tried more often because many wait', async () => {
  await directLocker(redis());
  const counts = await Promise.all(
    [false, true].map(async (busy) => {
      const { locker, proxy } = await linkedLocker(redis(), { ttl: TTL });
      proxy.set({ toServer: cut });
      const before = proxy.accepted;
      proxy.cut();
      const end = sleep(5_000);
      if (busy) await Promise.all([1, 2, 3].map(() => expectRefused(locker)));
      await end;
      return proxy.accepted - before;
    }),
  );
  process.stdout.write(
    `c7-unreachable.test.ts: connections in 5 s: idle ${counts[0]}, with callers ${counts[1]}\n`,
  );
  // The client's pauses are drawn at random: one more or less is luck.
  expect(counts[1]).toBeLessThanOrEqual(counts[0]! + 1);
  expect(counts[1]).toBeGreaterThan(0);
});

/** Resolves to whether a connection to `port` is made within `ms`. */
function connects(port: number, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    open.push(socket);
    socket.on('error', () => undefined);
    const timer = setTimeout(() => resolve(false), ms);
    socket.once('connect', () => {
      clearTimeout(timer);
      resolve(true);
    });
  });
}

test('C7 L1: while a connection hangs that is never accepted, every call ends in time', async () => {
  const deaf = new Program('deaf-server.mjs');
  const { port } = (await deaf.next()) as { port: number };
  deaf.kill('SIGSTOP');
  // The kernel accepts for it until there is no more room; from then on, connecting hangs.
  for (let room = 0; await connects(port, 300); room++) expect(room).toBeLessThan(20);

  const client = createClient({ url: `redis://127.0.0.1:${port}` });
  client.on('error', () => undefined);
  open.push(client);
  // It goes on trying until it is destroyed.
  client.connect().catch(() => undefined);
  const locker = createLocker(nodeRedis(client), { ttl: TTL });
  await expectRefused(locker);
  expect(client.isReady).toBe(false);
  // The attempt that is under way may still be answered, and then there is one to take back what it may have left.
  const { ms } = await settled(() => locker.close({ grace: 0 }));
  expect(ms).toBeLessThanOrEqual((2 * TTL) / 4 + LATE);
});
