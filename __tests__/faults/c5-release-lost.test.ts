import { setTimeout as sleep } from 'node:timers/promises';

import type { Lock, Locker } from '../../src/index.js';
import { seededRandom } from '../programs/random.js';
import { delay, swallow } from '../support/fault-proxy.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, LATE, type Linked, linkedLocker, settled } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';
import { calls } from '../support/script-calls.js';

const TRIALS = 20;
const COMMAND = 600;
const isRelease = calls('release');

const redis = sharedRedis();
const { random, seed } = seededRandom();
let direct: Locker;

beforeAll(() => {
  process.stdout.write(`c5-release-lost.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
});

beforeEach(async () => {
  direct = await directLocker(redis());
});

afterEach(closeLinked);

/** Many trials side by side, each with a key and a link of its own. */
function trials<Value>(trial: (key: string, i: number) => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: TRIALS }, (_, i) => trial(`given-${i}`, i)));
}

const linked = (options?: object) => linkedLocker(redis(), { commandTimeout: COMMAND, ...options });
const valueOf = (key: string) => redis().command('GET', `lock:${key}`);

/** From the release on, one direction is dead: `toClient` loses the reply, `toServer` the release. */
function loseRelease({ proxy }: Linked, direction: 'toClient' | 'toServer'): void {
  proxy.onRequest = (bytes, link) => {
    if (isRelease(bytes)) link.set({ [direction]: swallow });
  };
}

/** A successor has the lock and goes on having it while `meanwhile` happens; it gives it back at last. */
async function expectUntouched(key: string, lock: Lock, meanwhile: () => Promise<unknown>): Promise<void> {
  const value = await valueOf(key);
  expect(value).not.toBeNull();
  await meanwhile();
  expect(await valueOf(key)).toBe(value);
  lock.assertHeld();
  expect(await lock.release()).toBe('released');
}

test('C5 S4: a release whose reply is lost is repeated when the link is back, and does nothing to the successor', async () => {
  await trials(async (key) => {
    const link = await linked();
    loseRelease(link, 'toClient');
    const released: string[] = [];
    link.locker.on('released', ({ outcome }) => released.push(outcome));
    const repeated: string[] = [];
    const { ms, value } = await settled(() => link.locker.withLock(key, () => 'result'));
    // The work is done and was done under the lock: its result is the call's, one command timeout later.
    expect(value).toBe('result');
    expect(ms).toBeLessThanOrEqual(COMMAND + LATE);
    expect(released).toEqual(['unknown']);

    const successor = await direct.acquire(key, { timeout: 0 });
    await expectUntouched(key, successor, async () => {
      await sleep(random() * COMMAND);
      link.proxy.heal();
      link.proxy.onRequest = (bytes) => {
        if (isRelease(bytes)) repeated.push(key);
      };
      // Waits for everything that is to be taken back.
      await link.locker.close();
    });
    expect(repeated.length).toBeGreaterThan(0);
  });
  expect(await keysLeft(redis())).toEqual([]);
});

test('C5 S4: a release that is lost is repeated, and frees the lock within two command timeouts after the link is back', async () => {
  const late = await trials(async (key) => {
    const link = await linked();
    const lock = await link.locker.acquire(key);
    loseRelease(link, 'toServer');
    const { ms, value } = await settled(() => lock.release());
    expect(value).toBe('unknown');
    expect(ms).toBeLessThanOrEqual(COMMAND + LATE);
    const next = direct.acquire(key, { timeout: 20_000 });
    await sleep(random() * 2 * COMMAND);
    const start = performance.now();
    link.proxy.heal();
    await (await next).release();
    return performance.now() - start;
  });
  process.stdout.write(
    `c5-release-lost.test.ts: free ${Math.max(...late).toFixed(0)} ms after the link was back at the latest\n`,
  );
  expect(late.filter((ms) => ms > 2 * COMMAND + LATE)).toEqual([]);
  expect(await keysLeft(redis())).toEqual([]);
});

/** How a release comes too late: by itself, or repeated. */
const spoilers: ((link: Linked) => void)[] = [
  ({ proxy }) => proxy.set({ toServer: delay(2_500) }),
  (link) => loseRelease(link, 'toServer'),
];

test('C5 S4: a release that arrives after the ttl, or is repeated then, does nothing to the successor', async () => {
  const TTL = 1_500;
  await trials(async (key, i) => {
    const link = await linked({ ttl: TTL });
    const lock = await link.locker.acquire(key);
    const start = performance.now();
    spoilers[i % 2]!(link);
    expect(await lock.release()).toBe('unknown');
    const successor = await direct.acquire(key, { timeout: 20_000 });
    expect(performance.now() - start).toBeLessThan(TTL + LATE);
    await expectUntouched(key, successor, async () => {
      let late = 0;
      link.proxy.onReply = () => late++;
      await sleep(start + 2_700 - performance.now());
      if (late === 0) link.proxy.heal();
      await link.locker.close();
    });
  });
  expect(await keysLeft(redis())).toEqual([]);
});
