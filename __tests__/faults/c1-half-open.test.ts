import { setTimeout as sleep } from 'node:timers/promises';

import type { Locker } from '../../src/index.js';
import { killPrograms, now } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { startProxy, swallow } from '../support/fault-proxy.js';
import { Holders, standstill, type Told } from '../support/holders.js';
import { closeLinked, directLocker } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';

const TRIALS = 200;
const TTL = 1_500;
/** What a timer of a process that does not stand still is late, in ms. */
const TIMER = 10;

const redis = sharedRedis();
const { random, seed } = seededRandom();

afterEach(closeLinked);
afterEach(killPrograms);

interface Trial {
  readonly told: Told;
  /** When the key of the last lease that Redis heard of was to expire, on the wall clock. */
  readonly expiry: number;
  /** When somebody else had the lock. */
  readonly granted: number;
}

/** A holder whose link goes dead at a random moment, and a contender that has a link of its own. */
async function trial(key: string, holders: Holders, contender: Locker): Promise<Trial> {
  const proxy = await startProxy(redis().port);
  // So that not all of them do the same at the same time.
  await sleep(random() * TTL);
  await holders.acquire(key, proxy.url, { ttl: TTL });
  const loss = holders.loss(key);
  const next = contender.acquire(key, { timeout: 10 * TTL, ttl: 20_000 });
  await sleep(random() * TTL);
  proxy.set({ toServer: swallow, toClient: swallow });

  // Behind whatever was on its way to Redis; two thirds of a lease are left at least.
  await sleep(50);
  const expiry = Number(await redis().command('PEXPIRETIME', `lock:${key}`));
  const lock = await next;
  const granted = now();
  await lock.release();
  return { told: await loss, expiry, granted };
}

test(`C1 S1 S3: on ${TRIALS} half-open connections, each holder stops believing before its key expires, and before the next one has it`, async () => {
  process.stdout.write(`c1-half-open.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
  const contender = await directLocker(redis());
  const holders = await Holders.start([]);
  const keys = Array.from({ length: TRIALS }, (_, i) => `half-open-${i}`);
  const trials = await Promise.all(keys.map((key) => trial(key, holders, contender)));
  const stood = await holders.finish();

  // The belief is read by the clock: `held` is true until `believedUntil` and no moment longer, whatever the process does.
  const gaps = trials.map(({ told, granted }) => granted - told.believedUntil);
  const beliefs = trials.map(({ told, expiry }) => expiry - (told.wall - told.at + told.believedUntil));
  // The signal needs a process that runs. One that stood still is told by its first timer; that time is not counted.
  const signals = trials.map(({ told, granted, expiry }) => {
    const { at, wall, believedUntil } = told;
    const still = standstill(stood, believedUntil, at);
    return {
      late: at - still - believedUntil,
      granted: granted - (at - still),
      expiry: expiry - (wall - still),
    };
  });
  const late = signals.map((signal) => Math.max(0, signal.late));
  const told = signals.map((signal) => signal.granted);
  const before = signals.map((signal) => signal.expiry);
  const smallest = (values: number[]): string => Math.min(...values).toFixed(1);
  process.stdout.write(
    `c1-half-open.test.ts: granted after the end of the belief: ${smallest(gaps)} ms at least, after the signal: ` +
      `${smallest(told)} ms; the key expired after the belief: ${smallest(beliefs)} ms, after the signal: ` +
      `${smallest(before)} ms; ` +
      `it was late by ${Math.max(...late).toFixed(1)} ms at most; the holders stood still ${stood.length} times\n`,
  );
  expect(trials.filter(({ told }) => told.held || told.reason !== 'expired')).toEqual([]);
  expect(gaps.filter((gap) => gap <= 0)).toEqual([]);
  expect(beliefs.filter((gap) => gap <= 0)).toEqual([]);
  expect(late.filter((ms) => ms > TIMER)).toEqual([]);
  expect(told.filter((ms) => ms <= 0)).toEqual([]);
  expect(before.filter((ms) => ms <= 0)).toEqual([]);
});
