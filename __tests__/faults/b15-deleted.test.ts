import { setTimeout as sleep } from 'node:timers/promises';

import { killPrograms, now } from '../programs/program.js';
import { seededRandom } from '../programs/random.js';
import { startProxy } from '../support/fault-proxy.js';
import { Holders, standstill, type Told } from '../support/holders.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker } from '../support/linked.js';
import { sharedRedis } from '../support/redis-server.js';

const TRIALS = 200;
const TTL = 1_500;
/** Promised: when somebody takes the key away in Redis, its holder is told within this, in ms. */
const TOLD = TTL / 3 + 50;

const redis = sharedRedis();
const { random, seed } = seededRandom();

afterEach(closeLinked);
afterEach(killPrograms);

interface Trial {
  readonly deleted: number;
  readonly told: Told;
  readonly outcome: unknown;
  readonly left: unknown;
}

/** An operator takes the key of a holder away; with `value`, something else is there from then on. */
async function trial(key: string, url: string, holders: Holders, value: string | null): Promise<Trial> {
  await sleep(random() * TTL);
  await holders.acquire(key, url, { ttl: TTL });
  const loss = holders.loss(key);
  await sleep(random() * 2 * TTL);
  const deleted = now();
  await (value === null
    ? redis().command('DEL', `lock:${key}`)
    : redis().command('SET', `lock:${key}`, value));
  const told = await loss;
  const outcome = await holders.release(key);
  const left = await redis().command('GET', `lock:${key}`);
  return { deleted, told, outcome, left };
}

test(`B15 S3' S4 S5: ${TRIALS} holders whose key is taken away are told within ${TOLD} ms, and release nothing`, async () => {
  process.stdout.write(`b15-deleted.test.ts: moments from LATCHKEY_SEED=${seed}\n`);
  await directLocker(redis());
  // A proxy that does nothing is a url of its own, and so a client and a locker of its own.
  const urls = (await Promise.all(Array.from({ length: 10 }, () => startProxy(redis().port)))).map(
    (proxy) => proxy.url,
  );
  const holders = await Holders.start(urls);
  const values = Array.from({ length: TRIALS }, (_, i) => (i % 2 === 0 ? null : `canary ${i}`));
  const trials = await Promise.all(
    values.map((value, i) => trial(`deleted-${i}`, urls[i % urls.length]!, holders, value)),
  );
  const stood = await holders.finish();

  const after = trials.map(({ deleted, told }) => told.at - deleted);
  const excused = trials.map(({ deleted, told }) => standstill(stood, deleted, told.at));
  process.stdout.write(
    `b15-deleted.test.ts: told after ${Math.min(...after).toFixed(1)} to ${Math.max(...after).toFixed(1)} ms; ` +
      `the holders stood still ${stood.length} times\n`,
  );
  expect(trials.filter(({ told }) => told.held || told.reason !== 'taken')).toEqual([]);
  // A process that stands still can not be told; that time is not counted.
  expect(after.filter((ms, i) => ms - excused[i]! > TOLD)).toEqual([]);
  expect(trials.map(({ outcome }) => outcome)).toEqual(values.map(() => 'lost'));
  expect(trials.map(({ left }) => left)).toEqual(values);
  for (const key of await keysLeft(redis())) expect(key).toMatch(/^lock:deleted-\d*[13579]$/);
});
