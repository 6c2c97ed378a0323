import { setTimeout as sleep } from 'node:timers/promises';

import type { Lock, Locker } from '../../src/index.js';
import { margin } from '../../src/core/lease.js';
import { seededRandom } from '../programs/random.js';
import { delay, pass, swallow } from '../support/fault-proxy.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, type Linked, linkedLocker, settled } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';
import { calls } from '../support/script-calls.js';
import { stopwatches } from '../support/standstill.js';

const TRIALS = 20;
const TTL = 1_200;
const isExtend = calls('extend');

const redis = sharedRedis();
const stopwatch = stopwatches();
const { random, seed } = seededRandom();
let direct: Locker;

beforeAll(() => {
  process.stdout.write(`c6-extend-late.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
});

beforeEach(async () => {
  direct = await directLocker(redis());
});

afterEach(closeLinked);

/** Many trials side by side, each with a key and a link of its own. */
function trials<Value>(trial: (key: string, i: number) => Promise<Value>): Promise<Value[]> {
  return Promise.all(Array.from({ length: TRIALS }, (_, i) => trial(`kept-${i}`, i)));
}

/** What the test knows of a holder, without asking it. */
interface Watched extends Linked {
  /** When the proxy saw each extension: its sending was earlier. */
  readonly seen: number[];
  readonly events: string[];
}

async function watched(options: object): Promise<Watched> {
  const link = await linkedLocker(redis(), { ttl: TTL, ...options });
  const events: string[] = [];
  link.locker.on('extended', () => events.push('extended'));
  link.locker.on('lost', () => events.push('lost'));
  return { ...link, seen: [], events };
}

/** Resolves when the lock is lost, to what the clock says then. */
function loss({ signal }: Lock): Promise<number> {
  return new Promise((resolve) => {
    signal.addEventListener('abort', () => resolve(performance.now()), { once: true });
  });
}

test('C6 S3 S5: an extension whose reply comes when the lease is over does not bring it back', async () => {
  await trials(async (key) => {
    // The engine would not wait for so late a reply otherwise.
    const { locker, proxy, events } = await watched({ commandTimeout: 10_000 });
    let replied = 0;
    let bodyEnded = false;
    const took = stopwatch();
    const call = settled(() =>
      locker.withLock(key, async (lock) => {
        const lost = loss(lock);
        // Longer than the lease has left, at whatever moment it is extended.
        proxy.set({ toClient: delay(TTL * (1 + random() * 0.5)) });
        proxy.onReply = () => replied++;
        await lost;
        expect(took()).toBeLessThan(TTL);
        expect(replied).toBeGreaterThan(0);
        expect(events).toEqual(['lost']);
        // Until the reply has come, and longer.
        for (let i = 0; i < 20; i++) {
          expect([lock.held, lock.remaining]).toEqual([false, 0]);
          await sleep(TTL / 10);
        }
        expect(await lock.extend()).toBe('lost');
        proxy.set({ toClient: pass });
        bodyEnded = true;
      }),
    );
    const { error } = await call;
    expect(bodyEnded).toBe(true);
    expect(error).toMatchObject({ name: 'LockLostError', code: 'LOCK_LOST', reason: 'expired' });
    expect(events).toEqual(['lost']);
  });
});

test('C6 S3: an extension counts from its sending, however late its reply comes', async () => {
  const lasted = await trials(async (key) => {
    const { locker, proxy, seen } = await watched({ commandTimeout: 10_000 });
    proxy.onRequest = (bytes) => {
      if (isExtend(bytes)) seen.push(performance.now());
    };
    const late = 100 + random() * 300;
    const over: number[] = [];
    await locker.withLock(key, async (lock) => {
      locker.on('extended', () => {
        // Read before what remains: what goes by in between shortens that.
        const now = performance.now();
        // The proxy has seen it after it was sent, and so may the belief not go on past this.
        over.push(now + lock.remaining - (seen.at(-1)! + TTL - margin(TTL)));
      });
      proxy.set({ toClient: delay(late) });
      await sleep(2 * TTL);
      lock.assertHeld();
    });
    expect(over.length).toBeGreaterThanOrEqual(2);
    return Math.max(...over);
  });
  process.stdout.write(
    `c6-extend-late.test.ts: leases ended ${(-Math.max(...lasted)).toFixed(2)} ms before what was seen, or earlier\n`,
  );
  expect(lasted.filter((ms) => ms > 0)).toEqual([]);
});

test('C6 S3 S5: extensions lost on their way, or on their way back, are a lost lock, also when the link is back', async () => {
  await trials(async (key, i) => {
    const direction = i % 2 === 0 ? 'toClient' : 'toServer';
    const { locker, proxy, events } = await watched({});
    let expiry = 0;
    const call = settled(() =>
      locker.withLock(key, async (lock) => {
        const lost = loss(lock);
        await sleep(random() * TTL);
        proxy.set({ [direction]: swallow });
        // One may have been under way.
        await sleep(20);
        expiry = performance.now() + Number(await redis().command('PTTL', `lock:${key}`));
        // Before the key can expire: copies that were applied make it later, not earlier.
        expect(await lost).toBeLessThan(expiry);
        proxy.heal();
        await sleep(TTL / 2);
        expect([lock.held, lock.remaining]).toEqual([false, 0]);
        expect(await lock.extend()).toBe('lost');
        expect(events.indexOf('lost')).toBe(events.length - 1);
      }),
    );
    expect((await call).error).toMatchObject({ name: 'LockLostError', reason: 'expired' });
    // What the extensions that were applied have left is given back with the call.
    await direct.withLock(key, () => undefined, { timeout: 1_000 });
  });
  expect(await keysLeft(redis())).toEqual([]);
});
