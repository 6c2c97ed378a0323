import { isLockError, type Lock } from '../../src/index.js';
import { killPrograms, now } from '../programs/program.js';
import { rejection } from '../support/deferred.js';
import { keysLeft } from '../support/keys-left.js';
import { expectExclusion, Load, type LoadShape, servedAfter, summary } from '../support/load.js';
import { eventually, pause } from '../support/pause.js';
import { type RedisServer, startRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, HEALED, LATE } from './server-bounds.js';

const TTL = 900;
const LENGTH = 3 * TTL;

let redis: RedisServer;

beforeAll(async () => {
  redis = await startRedis('--enable-debug-command', 'yes');
});

const locker = useLockers(() => redis);
afterEach(killPrograms);

/** A write, which is answered when the server serves again. */
const served = (): Promise<unknown> => redis.command('DEL', 'nothing');
const paused = (what: string) => async (): Promise<void> => {
  await redis.command('CLIENT', 'PAUSE', String(LENGTH), what);
  await served();
};

/** How a server stands still; each resolves when it serves again. */
const STANDSTILLS: [what: string, stand: () => Promise<unknown>][] = [
  ['CLIENT PAUSE ALL', paused('ALL')],
  ['CLIENT PAUSE WRITE', paused('WRITE')],
  [
    'SIGSTOP',
    async () => {
      redis.freeze();
      await pause(LENGTH);
      redis.thaw();
      await served();
    },
  ],
  ['DEBUG SLEEP', () => redis.command('DEBUG', 'SLEEP', String(LENGTH / 1_000))],
];

/** When the lease ends by the lock's clocks, and when its key does by the server's: both on the wall clock. */
async function ends(lock: Lock): Promise<{ lease: number; key: number }> {
  const ask = async () => Number(await redis.command('PEXPIRETIME', `lock:${lock.key}`));
  for (;;) {
    const key = await ask();
    const lease = Date.now() + lock.remaining;
    // Not extended meanwhile, so that the two belong together.
    if ((await ask()) === key) return { lease, key };
  }
}

test.each(STANDSTILLS)(
  'B3, B4 S3 S5 S7 L1 L5: %s for three times the ttl: the holder is told by its clock, waits end, a late answer revives nothing, and service returns',
  async (_what, stand) => {
    const [ours, theirs, patient] = [
      await locker({ ttl: TTL }),
      await locker({ ttl: TTL }),
      await locker({ ttl: TTL }),
    ];
    const lock = await ours.locker.acquire('k');
    const lost = lossOf(lock);
    const timeout = LENGTH / 2;
    const asked = performance.now();
    const refused = rejection(theirs.locker.acquire('k', { timeout })).then((error) => ({
      error,
      at: performance.now(),
    }));
    const waiting = patient.locker.acquire('k');
    await eventually(() => redis.command('ZCARD', '{lock:k}:~v1:queue'), 2);
    const { lease, key } = await ends(lock);
    expect(lease).toBeLessThan(key);

    const standing = stand();
    const { loss, at } = await lost;
    const told = at - ours.leaseEnd(lock, TTL);
    expect(told).toBeLessThanOrEqual(BUSY);
    expect(loss).toMatchObject({ code: 'LOCK_LOST', reason: 'expired' });
    expect(() => lock.assertHeld()).toThrow(loss);

    const { error, at: settled } = await refused;
    expect(isLockError(error) && error.code).toMatch(/^LOCK_(TIMEOUT|BACKEND)$/);
    expect(error).toMatchObject({ retryable: true });
    expect(settled - asked - timeout).toBeGreaterThanOrEqual(0);
    expect(settled - asked - timeout).toBeLessThanOrEqual(LATE);

    await standing;
    const healed = performance.now();
    const next = await waiting;
    const granted = performance.now() - healed;
    expect(granted).toBeLessThanOrEqual(TTL + HEALED);
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    // Whatever was on its way to the server has been done by now.
    expect([lock.held, await lock.extend(), await lock.release()]).toEqual([false, 'lost', 'lost']);
    expect([await next.extend(), next.held, await next.release()]).toEqual(['extended', true, 'released']);
    process.stdout.write(
      `server-standstill.test.ts: key outlives lease by ${(key - lease).toFixed(0)} ms, told ${told.toFixed(0)} ms ` +
        `after its end, granted ${granted.toFixed(0)} ms after the standstill\n`,
    );
  },
);

test('B4 S3 S5: an extension whose answer comes late counts from when it was sent', async () => {
  // An extension waits for its answer for a quarter of the ttl.
  const [ttl, late] = [2_000, 400];
  const ours = await locker({ ttl, commandTimeout: ttl });
  const lock = await ours.locker.acquire('k');
  await ours.next('extended');
  redis.freeze();
  const sent = Date.now() + lock.remaining;
  const extended = ours.next('extended');
  // The next one is sent while the server stands still.
  await pause(ttl / 3 + late);
  redis.thaw();
  await extended;
  const { lease, key } = await ends(lock);
  expect(lease).toBeGreaterThan(sent);
  // The server has counted from when it went on.
  process.stdout.write(
    `server-standstill.test.ts: late answer: key outlives lease by ${(key - lease).toFixed(0)} ms\n`,
  );
  expect(key - lease).toBeGreaterThan(late - BUSY);
  expect(await lock.release()).toBe('released');
});

test.each(STANDSTILLS)('B3, B4 S1 S2 S6 L1 L5: %s under a load of three processes', async (_what, stand) => {
  const shape: LoadShape = {
    processes: 3,
    callers: 3,
    keys: ['red', 'green'],
    body: 3,
    options: { ttl: TTL, timeout: 1_500 },
  };
  const load = await Load.gather(redis.url, shape);
  load.go();
  await pause(400);
  await stand();
  const healed = now();
  await pause(TTL + HEALED);
  const report = await load.stop();
  const back = servedAfter(report, shape.keys, healed);
  process.stdout.write(
    `server-standstill.test.ts: ${summary(report)}, served again after ${back.toFixed(0)} ms\n`,
  );
  expectExclusion(report);
  for (const { code, retryable, entered } of report.errors) {
    // What does not begin may come again; what has begun has lost its lock.
    const expected = entered === undefined ? [/^LOCK_(TIMEOUT|BACKEND)$/, true] : [/^LOCK_LOST$/, false];
    expect(code).toMatch(expected[0] as RegExp);
    expect(retryable).toBe(expected[1]);
  }
  expect(report.late).toBeLessThanOrEqual(LATE);
  expect(back).toBeLessThanOrEqual(TTL + HEALED);
  expect(await keysLeft(redis)).toEqual([]);
});
