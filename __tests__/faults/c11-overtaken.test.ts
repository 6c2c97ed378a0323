import { setTimeout as sleep } from 'node:timers/promises';

import { createClientPool } from 'redis';

import { createLocker, type Locker, nodeRedis } from '../../src/index.js';
import type { Link } from '../../proof/rig/proxy.js';
import { delay, type FaultProxy, pass, startProxy } from '../support/fault-proxy.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, settled } from '../support/linked.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { calls } from '../support/script-calls.js';
import { BUSY, LATE } from './server-bounds.js';

const TTL = 1_000;
const COMMAND = 150;
/** Long enough that the call has ended by then, and what takes it back has been answered. */
const DELAYED = 800;
/** Promised: a lock that nobody holds any more is granted within the rest of its ttl and this, in ms. */
const GRANTED = 100;
const isAcquire = calls('acquire');
const isRelease = calls('release');

const redis = sharedRedis();
let direct: Locker;
let proxy: FaultProxy;
let pool: ReturnType<typeof createClientPool>;
let pooled: Locker;

beforeEach(async () => {
  direct = await directLocker(redis());
  proxy = await startProxy(redis().port);
  pool = createClientPool({ url: proxy.url }, { minimum: 2, maximum: 2 });
  pool.on('error', () => undefined);
  await pool.connect();
  pooled = createLocker(nodeRedis(pool), { ttl: TTL, commandTimeout: COMMAND });
  // Its question about the server's memory is behind it, and the scripts are known.
  await pooled.withLock('warm', () => undefined);
});

afterEach(async () => {
  await pooled.close({ grace: 0 });
  pool.destroy();
  await proxy.close();
  await closeLinked();
});

test('C11 S1 S2 L1 L3: an acquire that is overtaken by what takes it back, on another connection, holds the lock up for its ttl, and is nobody’s', async () => {
  let slow: Link | undefined;
  const overtaking: Link[] = [];
  let granted = false;
  pooled.on('granted', () => (granted = true));
  proxy.onRequest = (bytes, link) => {
    if (slow === undefined && isAcquire(bytes)) {
      slow = link;
      link.set({ toServer: delay(DELAYED) });
    } else if (isRelease(bytes)) overtaking.push(link);
  };
  const sent = performance.now();
  const { ms, error } = await settled(() => pooled.acquire('k', { timeout: COMMAND }));
  expect(error).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NO_REPLY', ownership: 'unknown' });
  expect(ms).toBeLessThanOrEqual(COMMAND + LATE);
  await eventually(() => overtaking.length > 0, true);
  // Otherwise nothing has been overtaken.
  expect(overtaking[0]).not.toBe(slow);
  expect(performance.now() - sent).toBeLessThan(DELAYED);

  // It arrives, and takes the lock for nobody.
  await eventually(() => redis().command('EXISTS', 'lock:k'), 1, 2 * DELAYED);
  const asked = performance.now();
  const left = Number(await redis().command('PTTL', 'lock:k'));
  expect(left).toBeLessThanOrEqual(TTL);
  const next = await direct.acquire('k');
  const took = performance.now() - asked;
  expect(took).toBeGreaterThanOrEqual(left - 1);
  expect(took).toBeLessThanOrEqual(left + GRANTED + BUSY);
  expect(granted).toBe(false);
  expect(await next.release()).toBe('released');
  expect(await keysLeft(redis())).toEqual([]);
});

test('C11 S1 S4: a release that is overtaken by the next acquire, on another connection, and comes late does nothing to the next holder', async () => {
  const lock = await pooled.acquire('k');
  let slow: Link | undefined;
  proxy.onRequest = (bytes, link) => {
    if (slow !== undefined || !isRelease(bytes)) return;
    slow = link;
    link.set({ toServer: delay(TTL + DELAYED) });
  };
  const sent = performance.now();
  expect(await lock.release()).toBe('unknown');
  proxy.onRequest = undefined;
  // What repeats the release frees the lock long before the first one arrives.
  const next = await pooled.acquire('k');
  expect(lock.held).toBe(false);
  expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
  expect(performance.now() - sent).toBeLessThan(TTL + DELAYED);
  const value = await redis().command('GET', 'lock:k');
  let answered = false;
  proxy.onReply = (_bytes, link) => (answered ||= link === slow);
  await sleep(sent + TTL + DELAYED + BUSY - performance.now());
  expect(answered).toBe(true);
  proxy.set({ toServer: pass });
  expect(await redis().command('GET', 'lock:k')).toBe(value);
  expect([next.held, await next.release()]).toEqual([true, 'released']);
  expect(await keysLeft(redis())).toEqual([]);
});
