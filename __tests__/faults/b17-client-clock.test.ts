import { setTimeout as sleep } from 'node:timers/promises';

import { EngineLocker } from '../../src/create-locker.js';
import { LockLostError, memory } from '../../src/index.js';
import { killPrograms, now, Program } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { FencedStore } from '../support/fenced-store.js';
import { Holders, standstill } from '../support/holders.js';
import { keysIn, keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker } from '../support/linked.js';
import { expectExclusion, kinds, Load, summary } from '../support/load.js';
import { repeatedly } from '../support/nemesis.js';
import { sharedRedis } from '../support/redis-server.js';
import { otherEnvironment } from '../support/virtual-locker.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';
import { testWithClocks, WallClock } from '../support/wall-clock.js';
import { BUSY, LATE, toldWithin } from './server-bounds.js';

const TTL = 600;
const HOUR = 3_600_000;

const redis = sharedRedis();
const { random, seed } = seededRandom();

const say = (text: string): void => void process.stdout.write(`b17-client-clock.test.ts: ${text}\n`);
beforeAll(() => say(`jumps from LATCHKEY_SEED=${seed}`));

afterEach(closeLinked);
afterEach(killPrograms);

testWithClocks(
  'B17 S1 S2: a holder whose wall clock goes back by an hour, and again, keeps its lock and loses nothing',
  async () => {
    const clock = new WallClock();
    const theirs = await directLocker(redis());
    const holders = await Holders.start([redis().url], clock.env);
    clock.set(-HOUR);
    const token = await holders.acquire('k', redis().url, { ttl: TTL });
    let told = false;
    void holders.loss('k').then(() => (told = true));
    clock.set(-2 * HOUR);
    const end = now() + 2 * TTL;
    let tries = 0;
    for (; now() < end; tries++) {
      expect(await theirs.tryAcquire('k')).toBeNull();
      await sleep(20);
    }
    expect(tries).toBeGreaterThan(10);
    expect(told).toBe(false);
    expect(await holders.release('k')).toBe('released');
    const next = await theirs.acquire('k', { timeout: 0 });
    expect(next.fencingToken).toBeGreaterThan(token);
    await next.release();
    await holders.finish();
    expect(await keysLeft(redis())).toEqual([]);
  },
);

testWithClocks(
  'B17 S1 S2 S3: a holder whose wall clock goes back by an hour, and that does not extend its lock, is told by its other clock before anybody else has it',
  async () => {
    const clock = new WallClock();
    const store = new FencedStore();
    const theirs = await directLocker(redis());
    const holders = await Holders.start([redis().url], clock.env);
    const token = await holders.acquire('k', redis().url, { ttl: TTL, extend: false });
    const told = holders.loss('k');
    clock.set(-HOUR);
    const next = await theirs.acquire('k');
    const granted = now();
    expect(await told).toMatchObject({ reason: 'expired', held: false });
    const stood = standstill(await holders.finish(), (await told).believedUntil, (await told).at);
    expect((await told).at - stood).toBeLessThanOrEqual(granted);
    expect(store.write('theirs', next.fencingToken)).toBe(true);
    expect(store.write('ours', token)).toBe(false);
    expect(store.refused).toEqual([token]);
    await next.release();
    expect(await keysLeft(redis())).toEqual([]);
  },
);

testWithClocks(
  'B17 S1 S2 S3 S5 L5: a holder whose wall clock goes forward by an hour loses its lock at worst: it is told before anybody else has it, its late write is refused, and its next lock is as usual',
  async () => {
    const clock = new WallClock();
    const store = new FencedStore();
    const theirs = await directLocker(redis());
    const holders = await Holders.start([redis().url], clock.env);
    const token = await holders.acquire('k', redis().url, { ttl: TTL });
    const waiting = theirs.acquire('k').then((next) => ({ next, granted: now() }));
    const jumped = now();
    clock.set(HOUR);
    const told = await holders.loss('k');
    expect(told).toMatchObject({ reason: 'expired', held: false });
    const { next, granted } = await waiting;
    expect(told.at).toBeLessThanOrEqual(granted);
    expect(store.write('theirs', next.fencingToken)).toBe(true);
    expect(store.write('ours', token)).toBe(false);
    expect(store.refused).toEqual([token]);
    expect(await holders.release('k')).not.toBe('released');
    expect([next.held, await next.release()]).toEqual([true, 'released']);

    const again = await holders.acquire('again', redis().url, { ttl: TTL });
    expect(again).toBeGreaterThan(0);
    await sleep(TTL);
    expect(await theirs.tryAcquire('again')).toBeNull();
    expect(await holders.release('again')).toBe('released');
    const stood = standstill(await holders.finish(), jumped, told.at);
    say(`told ${Math.round(told.at - jumped)} ms after its clock went forward`);
    expect(told.at - jumped - stood).toBeLessThanOrEqual(toldWithin(TTL) + BUSY);
    expect(await keysLeft(redis())).toEqual([]);
  },
);

testWithClocks(
  'B17 L1: a wait in a process whose wall clock goes to and fro by an hour ends with its timeout',
  async () => {
    const clock = new WallClock();
    const theirs = await directLocker(redis());
    const lock = await theirs.acquire('k');
    const program = new Program('lock-client.mjs', { REDIS_URL: redis().url, ...clock.env });
    await program.next();
    for (const wrongBy of [HOUR, -HOUR]) {
      const call = program.ask('withLock', { key: 'k', options: { timeout: 400 } });
      await program.next((message) => message['event'] === 'waiting');
      clock.set(wrongBy);
      const { ran, error, startedAt, endedAt } = await call;
      expect(ran).toBe(false);
      expect(error).toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(endedAt - startedAt).toBeGreaterThanOrEqual(399);
      expect(endedAt - startedAt).toBeLessThanOrEqual(400 + LATE);
    }
    await program.ask('close');
    expect(await lock.release()).toBe('released');
  },
);

testWithClocks(
  'B17 S1 S2 L1: processes whose wall clocks jump by up to an hour again and again have the lock one at a time',
  async () => {
    const clock = new WallClock();
    const options = { ttl: TTL, timeout: 1_000 };
    const load = await Load.gather(
      redis().url,
      { processes: 3, callers: 4, keys: ['a', 'b'], body: 10, options },
      clock.env,
    );
    load.go();
    const jumps = repeatedly(async () => clock.set(Math.round((2 * random() - 1) * HOUR)), 30);
    await sleep(1_500);
    const times = await jumps.stop();
    const report = await load.stop();
    say(`${times} jumps: ${summary(report)}`);
    expectExclusion(report);
    expect(times).toBeGreaterThan(10);
    expect(report.sections.length).toBeGreaterThan(10);
    expect(report.late).toBeLessThanOrEqual(LATE);
    // Who was told that the lease is over has lost it; and a grant that comes with too little left of its lease does not count.
    expect(report.errors.filter(({ code }) => code !== 'LOCK_LOST' && code !== 'LOCK_TIMEOUT')).toEqual([]);
    expect(Object.keys(kinds(report))).not.toContain('LOCK_LOST taken');
    expect(await keysLeft(redis())).toEqual([]);
  },
);

describe('B17 in virtual time, as it is on any machine', () => {
  /** Two programs, of which the first one's wall clock can be set; the server's clock is its own. */
  function world() {
    const environment = new VirtualEnvironment();
    const other = otherEnvironment();
    const adapter = memory({ now: () => environment.mono + 1_700_000_000_000 });
    const ours = new EngineLocker(adapter, { ttl: TTL }, environment);
    const theirs = new EngineLocker(adapter, { ttl: TTL }, other);
    const pass = async (ms: number): Promise<void> => {
      for (let left = ms; left > 0; left -= 10) {
        await environment.pass(10);
        await other.pass(10);
      }
    };
    return { environment, adapter, ours, theirs, pass };
  }

  test('B17 S1: back by an hour: nothing is lost', async () => {
    const { environment, adapter, ours, theirs, pass } = world();
    const lock = await ours.acquire('k');
    for (let n = 0; n < 20; n++) {
      environment.wall -= HOUR / 10;
      await pass(TTL / 4);
      expect(lock.held).toBe(true);
      const busy = theirs.tryAcquire('k');
      await pass(10);
      expect(await busy).toBeNull();
    }
    const released = lock.release();
    await pass(10);
    expect(await released).toBe('released');
    expect(keysIn(adapter)).toEqual([]);
  });

  test('B17 S1 S3: back by an hour under a holder that does not extend its lock: the loss is told before anybody else has it', async () => {
    const { environment, ours, theirs, pass } = world();
    const lock = await ours.acquire('k', { extend: false });
    const order: string[] = [];
    lock.signal.addEventListener('abort', () => order.push('told'));
    const waiting = theirs.acquire('k').then(() => order.push(`granted, held before: ${lock.held}`));
    environment.wall -= HOUR;
    await pass(2 * TTL);
    await waiting;
    expect(order).toEqual(['told', 'granted, held before: false']);
  });

  test('B17 S1 S2 S3 S5: forward by an hour: the loss is seen at once, and told before anybody else has the lock', async () => {
    const { environment, ours, theirs, pass } = world();
    const store = new FencedStore();
    const lock = await ours.acquire('k');
    const order: string[] = [];
    lock.signal.addEventListener('abort', () => order.push('told'));
    const waiting = theirs.acquire('k').then((next) => {
      order.push('granted');
      return next;
    });
    await pass(50);
    environment.wall += HOUR;
    expect([lock.held, lock.remaining]).toEqual([false, 0]);
    expect(() => lock.assertHeld()).toThrow(LockLostError);
    expect(lock.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'expired' });
    await pass(2 * TTL);
    const next = await waiting;
    expect(order).toEqual(['told', 'granted']);
    expect(store.write('theirs', next.fencingToken)).toBe(true);
    expect(store.write('ours', lock.fencingToken)).toBe(false);
    environment.wall -= HOUR;
    expect([lock.held, next.held]).toEqual([false, true]);
  });
});
