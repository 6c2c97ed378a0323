import { toRedisKeys } from '../../src/keys.js';
import { mutex } from '../../src/kinds/mutex.js';
import { eventually, pause } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { useLockers, type WatchedLocker } from '../support/watched-locker.js';
import { BUSY } from './server-bounds.js';

const FLOOD = 10_000;
const TTL = 20_000;
const KEYS = toRedisKeys('lock:', 'k');

const redis = sharedRedis();
const locker = useLockers(redis);

/** How many scripts clients have sent so far. What a script calls is not counted. */
async function scriptsRun(): Promise<number> {
  const info = String(await redis().command('INFO', 'commandstats'));
  const calls = [...info.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

/** The only one that waits: the channel on which it listens, and its token, which nobody but the server's owner can know. */
async function waiter(): Promise<{ channel: string; token: string }> {
  await eventually(() => redis().command('ZCARD', KEYS.queue), 1);
  const [token, note] = (await redis().command('HGETALL', KEYS.waiters)) as [string, string];
  return { channel: note.split(' ')[3]!, token };
}

/** Sends as many messages as make a flood, one after the other, as fast as the server takes them. @returns for how long, in ms */
async function flood(channel: string, message: (index: number) => string): Promise<number> {
  const start = performance.now();
  for (let i = 0; i < FLOOD; i += 500) {
    const sent = Array.from({ length: 500 }, (_, j) => redis().command('PUBLISH', channel, message(i + j)));
    expect(new Set(await Promise.all(sent))).toEqual(new Set([1]));
  }
  return performance.now() - start;
}

/** The grant that goes out when the holder releases comes through after all that, and is the only one. */
async function expectServed(
  [holder, waiting]: [
    { release(): Promise<string> },
    Promise<{ fencingToken: number; release(): Promise<string> }>,
  ],
  theirs: WatchedLocker,
): Promise<number> {
  expect(theirs.of('granted')).toEqual([]);
  const released = performance.now();
  expect(await holder.release()).toBe('released');
  const next = await waiting;
  const after = performance.now() - released;
  expect(after).toBeLessThanOrEqual(50 + BUSY);
  expect(theirs.of('granted').map(({ event }) => event.fencingToken)).toEqual([next.fencingToken]);
  expect(await next.release()).toBe('released');
  return after;
}

/** A message of the right form for `token`, as if granted `ago` ms ago, on the server's clock, which is this machine's. */
const grantOf = (token: string, ago: number): string =>
  `${token} ${TTL} ${Date.now()}000 ${(Date.now() - ago) * 1_000}`;

test('C10 S1 R2: a flood of 10,000 forged messages grants nothing and costs no command', async () => {
  const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
  const lock = await ours.locker.acquire('k');
  const waiting = theirs.locker.acquire('k');
  const { channel, token } = await waiter();
  const forgeries = [
    () => grantOf('a'.repeat(27), 1),
    () => grantOf(token.slice(0, 26), 1),
    () => grantOf(`${token}x`, 1),
    () => grantOf(token.toLowerCase() === token ? 'b'.repeat(27) : token.toLowerCase(), 1),
    () => token,
    () => `${token} 0 1 1`,
    () => `${token} 1e9 1 1`,
    () => ` ${grantOf(token, 1)}`,
    () => '__proto__ 20000 1 1',
    () => 'x'.repeat(1_000),
    () => '',
  ];
  const before = await scriptsRun();
  const took = await flood(channel, (i) => forgeries[i % forgeries.length]!());
  const commands = (await scriptsRun()) - before;
  // It looks every 500 ms at most, as it would without them.
  expect(commands).toBeLessThanOrEqual(Math.ceil(took / 500));
  expect(lock.held).toBe(true);
  expect(await redis().command('GET', KEYS.lock)).toMatch(/ acquire$/);
  const after = await expectServed([lock, waiting], theirs);
  process.stdout.write(
    `server-forged-messages.test.ts: ${FLOOD} forged messages in ${took.toFixed(0)} ms: ${commands} commands, then granted after ${after.toFixed(1)} ms\n`,
  );
});

test('C10 S1 R2: a flood of messages with the real token from another time grants nothing, and is answered by one command at a time', async () => {
  const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
  const lock = await ours.locker.acquire('k');
  const waiting = theirs.locker.acquire('k');
  const { channel, token } = await waiter();
  // A reply has told it the server's time since; so that none of these can be the grant it waits for.
  const before = await scriptsRun();
  const took = await flood(channel, (i) => grantOf(token, i % 2 === 0 ? 60_000 : -60_000));
  await pause(50);
  const commands = (await scriptsRun()) - before;
  // Each makes it ask whether the lock is its own, but what comes while it asks is answered by the next one.
  expect(commands).toBeGreaterThan(0);
  expect(commands).toBeLessThanOrEqual(FLOOD / 10);
  expect(await redis().command('ZCARD', KEYS.queue)).toBe(1);
  const after = await expectServed([lock, waiting], theirs);
  process.stdout.write(
    `server-forged-messages.test.ts: ${FLOOD} stale messages in ${took.toFixed(0)} ms: ${commands} commands, then granted after ${after.toFixed(1)} ms\n`,
  );
});

test('C10 S1 S2 R2: a real grant that comes 10,000 times more, while another waits on the same channel, grants nothing twice', async () => {
  const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
  const first = await ours.locker.acquire('k');
  const granted = theirs.locker.acquire('k');
  const { channel } = await waiter();
  const messages: string[] = [];
  const ear = await redis().client();
  await ear.subscribe(channel, (message) => messages.push(message));
  await first.release();
  const second = await granted;
  await eventually(() => messages.length, 1);
  ear.destroy();
  await eventually(
    () =>
      redis()
        .command('PUBSUB', 'NUMSUB', channel)
        .then((reply) => (reply as unknown[])[1]),
    1,
  );
  const copy = messages[0]!;
  expect(mutex.readGrant(copy)?.fence).toBe(second.fencingToken);
  expect(await second.release()).toBe('released');

  const third = await ours.locker.acquire('k');
  const waiting = theirs.locker.acquire('k');
  expect((await waiter()).channel).toBe(channel);
  theirs.told.length = 0;
  const before = await scriptsRun();
  const took = await flood(channel, () => copy);
  const commands = (await scriptsRun()) - before;
  expect(commands).toBeLessThanOrEqual(Math.ceil(took / 500));
  expect(third.fencingToken).toBeGreaterThan(second.fencingToken);
  const after = await expectServed([third, waiting], theirs);
  process.stdout.write(
    `server-forged-messages.test.ts: ${FLOOD} copies in ${took.toFixed(0)} ms: ${commands} commands, then granted after ${after.toFixed(1)} ms\n`,
  );
});
