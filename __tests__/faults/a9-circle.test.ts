import type { Locker } from '../../src/index.js';
import { deferred } from '../support/deferred.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker, LATE, settled } from '../support/linked.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';

const TIMEOUT = 500;

const redis = sharedRedis();
afterEach(closeLinked);

test('A9 S1 L1 E1: processes that wait for each other’s locks in a circle end with their timeouts, and the locks are free', async () => {
  const names = ['a', 'b', 'c'];
  const lockers = await Promise.all(names.map(() => directLocker(redis())));
  const all = deferred();
  let holding = 0;
  const inner = async (ours: Locker, next: string) => {
    if (++holding === names.length) all.resolve();
    await all.promise;
    // The first to give up lets the one behind it in, and so on.
    return settled(() => ours.withLock(next, () => 'in', { timeout: TIMEOUT }));
  };
  const calls = lockers.map((ours, i) =>
    ours.withLock(names[i]!, () => inner(ours, names[(i + 1) % names.length]!)),
  );
  const outcomes = await Promise.all(calls);
  const refused = outcomes.filter(({ error }) => error !== undefined);
  expect(refused.length).toBeGreaterThan(0);
  for (const { error } of refused) expect(error).toMatchObject({ code: 'LOCK_TIMEOUT', retryable: true });
  for (const { ms } of outcomes) expect(ms).toBeLessThanOrEqual(TIMEOUT + LATE);
  // Who has just given up may be granted the lock in this moment, and gives it back behind its caller's back.
  await eventually(async () => String(await keysLeft(redis())), '');
});
