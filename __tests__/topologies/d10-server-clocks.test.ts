import { BUSY, LATE, LOOK, toldWithin } from '../faults/server-bounds.js';
import { createLocker, type Locker, nodeRedis } from '../../src/index.js';
import { deferred } from '../support/deferred.js';
import { FencedStore } from '../support/fenced-store.js';
import { type JumpingServer, WAYS_TO_JUMP } from '../support/jumping-server.js';
import { settled } from '../support/linked.js';
import { eventually, pause } from '../support/pause.js';
import { MEMORY } from '../support/several-servers.js';
import { lossOf } from '../support/watched-locker.js';

const TTL = 1_200;
const MINUTE = 60_000;

const say = (text: string): void => void process.stdout.write(`d10-server-clocks.test.ts: ${text}\n`);

describe.each(WAYS_TO_JUMP)('D10: five servers, each one $how', ({ start }) => {
  let five: readonly JumpingServer[];
  const open: { locker: Locker; die: () => void }[] = [];

  const everywhere = (...command: string[]) =>
    Promise.all(five.map(({ server }) => server.command(...command)));
  /** On how many of them something is at the lock. */
  const present = async () => (await everywhere('EXISTS', 'lock:k')).filter((exists) => exists === 1).length;
  const jump = (ms: number, ...places: number[]) => Promise.all(places.map((place) => five[place]!.jump(ms)));

  /** Another program. */
  async function program(): Promise<{ locker: Locker; die: () => void }> {
    const clients = await Promise.all(five.map(({ server }) => server.client({ reconnectDelay: 20 })));
    const locker = createLocker(
      clients.map((client) => nodeRedis(client)),
      { ttl: TTL },
    );
    const die = (): void => {
      for (const client of clients) if (client.isOpen) client.destroy();
    };
    open.push({ locker, die });
    return { locker, die };
  }

  beforeAll(async () => {
    five = await Promise.all(Array.from({ length: 5 }, () => start()));
  });
  beforeEach(async () => {
    await everywhere('FLUSHALL');
    await everywhere('SET', `lock:${MEMORY}`, '1');
  });
  afterEach(async () => {
    await Promise.all(open.map(({ locker }) => locker.close({ grace: 0 })));
    for (const { die } of open.splice(0)) die();
    await eventually(present, 0);
  });

  test.each([
    ['forward', MINUTE],
    ['back', -MINUTE],
  ])(
    'D10 S1: one of them %s by a minute, whichever it is: its holder keeps the lock, and nobody else gets it',
    async (_where, ms) => {
      const [{ locker: ours }, { locker: theirs }] = [await program(), await program()];
      const lock = await ours.acquire('k', { maxHold: Infinity });
      let tries = 0;
      for (let place = 0; place < five.length; place++) {
        // The next extension takes the lock there again.
        await eventually(present, 5);
        await jump(ms, place);
        for (; tries < 5 * (place + 1); tries++) {
          expect(await theirs.tryAcquire('k')).toBeNull();
          await pause(10);
        }
        expect(lock.held).toBe(true);
      }
      expect(tries).toBe(25);
      expect(await lock.release()).toBe('released');
      const next = await theirs.acquire('k');
      expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
      await next.release();
    },
  );

  test("D10 S2 S3' S5: three of them forward by a minute: somebody else gets the lock; its holder is told, and its late write refused", async () => {
    const [{ locker: ours }, { locker: theirs }] = [await program(), await program()];
    const store = new FencedStore();
    const lock = await ours.acquire('k');
    const lost = lossOf(lock);
    expect(store.write('ours', lock.fencingToken)).toBe(true);
    await eventually(present, 5);
    const jumped = performance.now();
    await jump(MINUTE, 0, 2, 4);
    const next = await theirs.acquire('k', { timeout: TTL });
    const both = lock.held;
    expect(store.write('theirs', next.fencingToken)).toBe(true);
    const { loss, at } = await lost;
    expect(loss.reason).toBe('taken');
    expect(at - jumped).toBeLessThanOrEqual(toldWithin(TTL) + BUSY);
    expect(store.write('ours', lock.fencingToken)).toBe(false);
    expect(store.refused).toEqual([lock.fencingToken]);
    expect(await lock.release()).toBe('lost');
    expect([lock.held, next.held, await next.release()]).toEqual([false, true, 'released']);
    say(`both held it: ${both}; told ${Math.round(at - jumped)} ms after the jump`);
  });

  test('D10 S1 S2 L3: one of them back by a minute under a holder that dies: the others give the lock to the next one when the ttl is over', async () => {
    const [{ locker: ours, die }, { locker: theirs }] = [await program(), await program()];
    const lock = await ours.acquire('k');
    const ended = deferred<number>();
    lock.signal.addEventListener('abort', () => ended.resolve(performance.now()));
    await eventually(present, 5);
    await jump(-MINUTE, 1);
    const left = Math.max(...(await Promise.all([0, 2, 3, 4].map(leftOn))));
    const died = performance.now();
    die();
    const next = await theirs.acquire('k');
    const granted = performance.now();
    expect(await ended.promise).toBeLessThanOrEqual(granted);
    // There is no queue among several servers: who waits asks again when the first of them expires, and is promised a look.
    expect(granted - died).toBeLessThanOrEqual(left + LOOK + BUSY);
    expect(next.fencingToken).toBeGreaterThan(lock.fencingToken);
    expect(await leftOn(1)).toBeGreaterThan(MINUTE / 2);
    await next.release();
    await five[1]!.server.command('DEL', 'lock:k');
  });

  test('D10 S2 S3 L1 L3: three of them back by a minute under a holder that dies: it is told by its own clock, and the lock is free later by the jump', async () => {
    const [{ locker: ours, die }, { locker: theirs }] = [await program(), await program()];
    const store = new FencedStore();
    const lock = await ours.acquire('k', { extend: false });
    const end = performance.now() + lock.remaining;
    const lost = lossOf(lock);
    await eventually(present, 5);
    await jump(-MINUTE, 0, 1, 2);
    die();
    const { loss, at } = await lost;
    expect(loss.reason).toBe('expired');
    expect(at).toBeLessThanOrEqual(end + BUSY);
    const { ms, error } = await settled(() => theirs.acquire('k', { timeout: TTL }));
    expect(error).toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect(ms).toBeLessThanOrEqual(TTL + LATE);
    const right = performance.now();
    await jump(MINUTE, 0, 1, 2);
    const next = await theirs.acquire('k');
    expect(performance.now() - right).toBeLessThanOrEqual(LOOK + BUSY);
    expect(store.write('theirs', next.fencingToken)).toBe(true);
    expect(store.write('ours', lock.fencingToken)).toBe(false);
    expect(store.refused).toEqual([lock.fencingToken]);
    await next.release();
  });

  async function leftOn(place: number): Promise<number> {
    return Number(await five[place]!.server.command('PTTL', 'lock:k'));
  }
});
