import { connect, type Socket } from 'node:net';
import { once } from 'node:events';

import { killPrograms, now } from '../programs/program.js';
import { rejection } from '../support/deferred.js';
import { keysLeft } from '../support/keys-left.js';
import { expectExclusion, Load, type LoadShape, servedAfter, summary } from '../support/load.js';
import { repeatedly } from '../support/nemesis.js';
import { eventually, pause } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { lossOf, useLockers } from '../support/watched-locker.js';
import { BUSY, HEALED, LATE } from './server-bounds.js';

const TTL = 1_500;
/** While messages can not be heard, who waits asks at least that often, in ms. */
const POLL = 250;

const redis = sharedRedis();
const locker = useLockers(redis);
afterEach(killPrograms);

const connections = async (...of: string[]): Promise<number> =>
  String(await redis().command('CLIENT', 'LIST', ...of))
    .split('\n')
    .filter(Boolean).length;

test.each([
  ['normal', ['normal']],
  ['pubsub and normal', ['pubsub', 'normal']],
])(
  'B7 S1 S2 S6 L1 L5 R1: connections of the kinds %s killed every 100 ms under a load of three processes',
  async (_kinds, types) => {
    const before = await connections();
    const shape: LoadShape = {
      processes: 3,
      callers: 3,
      keys: ['red', 'green'],
      body: 3,
      options: { ttl: TTL, timeout: 3_000 },
    };
    const load = await Load.gather(redis().url, shape);
    load.go();
    let killed = 0;
    // The connection that asks for it is spared.
    const nemesis = repeatedly(async () => {
      for (const type of types) killed += Number(await redis().command('CLIENT', 'KILL', 'TYPE', type));
    }, 100);
    await pause(3_000);
    await nemesis.stop();
    const healed = now();
    await pause(TTL + HEALED);
    const report = await load.stop();
    const back = servedAfter(report, shape.keys, healed);
    process.stdout.write(
      `server-connections.test.ts: ${killed} connections killed, ${summary(report)}, served again after ${back.toFixed(0)} ms\n`,
    );
    expectExclusion(report);
    for (const { code, retryable, entered } of report.errors) {
      expect([code, retryable]).toEqual(
        entered === undefined
          ? [expect.stringMatching(/^LOCK_(TIMEOUT|BACKEND)$/), true]
          : ['LOCK_LOST', false],
      );
    }
    expect(report.late).toBeLessThanOrEqual(LATE);
    expect(back).toBeLessThanOrEqual(TTL + HEALED);
    expect(killed).toBeGreaterThan(10);
    expect(await keysLeft(redis())).toEqual([]);
    expect(await redis().command('PUBSUB', 'CHANNELS')).toEqual([]);
    await eventually(connections, before);
  },
);

describe('B14: a server that takes no more connections', () => {
  const limit = (count: number): Promise<unknown> =>
    redis().command('CONFIG', 'SET', 'maxclients', String(count));
  let usual: number;
  beforeAll(async () => {
    usual = Number(((await redis().command('CONFIG', 'GET', 'maxclients')) as string[])[1]);
  });
  afterEach(() => limit(usual));

  test('B14 L1 L2: who waits without a connection for messages asks from time to time, and is served', async () => {
    const [ours, theirs] = [await locker({ ttl: TTL }), await locker({ ttl: TTL })];
    const lock = await ours.locker.acquire('k');
    await limit(await connections());
    const refused = rejection(theirs.locker.acquire('k', { timeout: 300 }));
    const asked = performance.now();
    const waiting = theirs.locker.acquire('k').then((next) => ({ next, at: performance.now() }));
    expect(await refused).toMatchObject({ code: 'LOCK_TIMEOUT', retryable: true });
    expect(performance.now() - asked).toBeLessThanOrEqual(300 + LATE);
    expect(await connections('TYPE', 'pubsub')).toBe(0);
    const released = performance.now();
    expect(await lock.release()).toBe('released');
    const { next, at } = await waiting;
    process.stdout.write(
      `server-connections.test.ts: without messages granted after ${(at - released).toFixed(0)} ms\n`,
    );
    expect(at - released).toBeLessThanOrEqual(POLL + BUSY);
    expect(await next.release()).toBe('released');
  });

  test('B14 S3 L1 L5 E1: a holder whose connection does not come back is told by its clock, and calls are refused with a code', async () => {
    const client = await redis().client({ reconnectDelay: 50 });
    const ours = await locker({ ttl: TTL }, client);
    const lock = await ours.locker.acquire('k');
    const id = String(await client.clientId());
    await limit((await connections()) - 1);
    expect(await redis().command('CLIENT', 'KILL', 'ID', id)).toBe(1);

    const asked = performance.now();
    const refused = await rejection(ours.locker.acquire('other', { timeout: 400 }));
    expect(performance.now() - asked).toBeLessThanOrEqual(400 + LATE);
    expect(refused).toMatchObject({ code: 'LOCK_BACKEND', retryable: true, ownership: 'unknown' });
    const { loss, at } = await lossOf(lock);
    expect(loss).toMatchObject({ reason: 'expired' });
    expect(at - ours.leaseEnd(lock, TTL)).toBeLessThanOrEqual(BUSY);

    await limit(usual);
    const healed = performance.now();
    await Promise.all(['k', 'other'].map((key) => ours.locker.withLock(key, () => undefined)));
    expect(performance.now() - healed).toBeLessThanOrEqual(TTL + HEALED);
  });

  test('B14: the limit is real: a further connection is turned away', async () => {
    await limit(await connections());
    const socket: Socket = connect(redis().port, '127.0.0.1');
    const [said] = (await once(socket, 'data')) as [Buffer];
    expect(said.toString()).toMatch(/^-ERR max number of clients/);
    socket.destroy();
  });
});
