import { margin } from '../../src/core/lease.js';
import { rejection } from '../support/deferred.js';
import { scriptedEngine, TTL } from '../support/engine.js';
import { busy, granted, GRANTED, NOT_OURS, RELEASED, type Sent } from '../support/scripted-adapter.js';

/** The server's time in µs. */
const AT = 1_700_000_000_000_000;

/** A caller that has a place in the queue, since 0 ms. */
async function queued(change: Parameters<ReturnType<typeof scriptedEngine>['acquire']>[0] = {}) {
  const world = scriptedEngine();
  world.adapter.hears = true;
  const grant = world.acquire({ timeout: 60_000, ...change });
  const first = await world.adapter.next('mutex-acquire');
  await first.reply(busy(10_000, 'other/2 there', AT));
  const placed = await world.adapter.next('mutex-acquire');
  await placed.reply(busy(10_000, 'other/2 there', AT));
  const token = placed.args[0]!;
  /** The message of a grant that was made `after` ms after the place was taken. */
  const message = (after: number, fence = 7, ttl = TTL): string =>
    `${token} ${ttl} ${fence} ${AT + after * 1_000}`;
  return { ...world, grant, first, placed, token, message };
}

describe('a contender that finds the lock taken', () => {
  it('subscribes, and asks again with its channel to take a place in the queue', async () => {
    const { adapter, first, placed } = await queued();
    expect(first.args[4]).toBe('');
    expect([placed.args[4]]).toEqual([...adapter.channels.keys()]);
    expect(placed.args[0]).toBe(first.args[0]);
    expect(adapter.count).toBe(2);
  });

  it('takes its place with the first attempt once somebody listens', async () => {
    const { acquire, adapter } = await queued();
    void acquire({ keys: { lock: 'l2', fence: 'f2', queue: 'q2', waiters: 'w2' } });
    const attempt = await adapter.next('mutex-acquire');
    expect([attempt.args[4]]).toEqual([...adapter.channels.keys()]);
  });

  it('polls without messages, in ever longer pauses, when it can not subscribe', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    environment.dice = 0.999;
    void acquire({ timeout: 60_000 }).catch(() => undefined);
    const delays: number[] = [];
    for (let looks = 0; looks < 6; looks++) {
      const before = environment.mono;
      const sent = await adapter.nextWithin(251, environment, 'mutex-acquire');
      delays.push(environment.mono - before);
      expect(sent.args[4]).toBe('');
      await sent.reply(busy());
    }
    expect(delays.slice(1)).toEqual([40, 80, 160, 250, 250]);
  });
});

describe('a message', () => {
  it('grants the lock without another command', async () => {
    const { adapter, environment, grant, message, token } = await queued();
    environment.stall(300);
    await adapter.tell(message(300, 42));
    const held = await grant;
    expect(held.fencingToken).toBe(42);
    expect(adapter.count).toBe(2);
    void held.release();
    expect((await adapter.next('mutex-release')).args[0]).toBe(token);
    expect(environment.pending).not.toContain(500);
  });

  it('brings a lease that counts from the grant on the server, less 1 % of the time since the last reply', async () => {
    const { adapter, environment, grant, message } = await queued();
    environment.stall(400);
    await adapter.tell(message(300));
    // Granted 297 ms after the reply at the earliest, which is 103 ms ago.
    expect((await grant).lease.remaining).toBeCloseTo(TTL - margin(TTL) - 103, 5);
  });

  it('brings another ttl than is asked for by now: an attempt renews the lock with that', async () => {
    const { adapter, environment, grant, message, token } = await queued({ ttl: 2_000, minValidity: 100 });
    environment.stall(100);
    await adapter.tell(message(100, 7, 500));
    const renewal = await adapter.next('mutex-acquire');
    expect(renewal.args.slice(0, 2)).toEqual([token, '2000']);
    await renewal.reply(granted(50));
    const held = await grant;
    expect(held.fencingToken).toBe(50);
    expect(held.lease.remaining).toBe(2_000 - margin(2_000));
  });

  it('that leaves just enough of the lease grants the lock', async () => {
    const { adapter, grant, message } = await queued({ minValidity: TTL - margin(TTL) });
    await adapter.tell(message(0, 42));
    expect((await grant).fencingToken).toBe(42);
  });

  it('that comes too late to be of use is followed by an attempt that renews the lock', async () => {
    const { adapter, environment, grant, message, token } = await queued();
    environment.stall(600);
    await adapter.tell(message(10));
    const renewal = await adapter.next('mutex-acquire');
    expect(renewal.args[0]).toBe(token);
    await renewal.reply(granted(50));
    const held = await grant;
    expect(held.fencingToken).toBe(50);
    expect(held.lease.remaining).toBe(TTL - margin(TTL));
  });

  it('that comes too late while an attempt is under way is followed by another one', async () => {
    const { adapter, environment, grant, message, token } = await queued({ commandTimeout: 2_000 });
    const look = await adapter.nextWithin(901, environment, 'mutex-acquire');
    environment.stall(600);
    await adapter.tell(message(0));
    expect(adapter.unseen).toEqual([]);
    await look.reply(busy());
    const renewal = await adapter.next('mutex-acquire');
    expect(renewal.args[0]).toBe(token);
    await renewal.reply(granted(50));
    expect((await grant).fencingToken).toBe(50);
  });

  it.each([
    ['older than a look that has found another holder', 100],
    ['of a time that is still to come', 3_600_000],
  ])('%s grants nothing by itself: an attempt finds out whose the lock is', async (_, after) => {
    const { adapter, environment, grant, message, token } = await queued();
    const look = await adapter.nextWithin(901, environment, 'mutex-acquire');
    await look.reply(busy(10_000, 'other/2 there', AT + 500_000));
    let settled = false;
    void grant.then(() => (settled = true));
    await adapter.tell(message(after));
    const attempt = await adapter.next('mutex-acquire');
    expect(attempt.args[0]).toBe(token);
    await attempt.reply(busy(10_000, 'other/2 there', AT + 600_000));
    expect(settled).toBe(false);
  });

  it('that comes before the reply to its own attempt grants; the release is repeated behind that reply', async () => {
    const { acquire, adapter, environment, engine } = await queued();
    const other = { lock: 'l2', fence: 'f2', queue: 'q2', waiters: 'w2' };
    const grant = acquire({ keys: other });
    const attempt = await adapter.next('mutex-acquire');
    environment.stall(5);
    await adapter.tell(`${attempt.args[0]} ${TTL} 9 ${AT}`);
    const held = await grant;
    // Counted from the moment at which the attempt was sent: before that there was no place in the queue.
    expect(held.lease.remaining).toBe(TTL - margin(TTL) - 5);
    const released = held.release();
    await (await adapter.next('mutex-release')).reply(RELEASED);
    expect(await released).toBe('released');
    expect(adapter.unseen).toEqual([]);
    await attempt.reply(granted());
    const again = await adapter.next('mutex-release');
    expect(again.args).toEqual([attempt.args[0]]);
    await again.reply(RELEASED);
    await engine.cleanup.finish();
  });

  it.each([
    ['garbage', () => 'garbage'],
    ['of another token', () => `other ${TTL} 7 ${AT}`],
    ['with half of what it needs', (token: string) => `${token} ${TTL}`],
  ])('%s changes nothing', async (_, text) => {
    const { adapter, grant, token } = await queued();
    await adapter.tell(text(token));
    expect(adapter.unseen).toEqual([]);
    const settled = jest.fn();
    void grant.then(settled, settled);
    await adapter.tell(text(token));
    expect(settled).not.toHaveBeenCalled();
  });

  it('that comes twice grants once', async () => {
    const { acquire, adapter, grant, message } = await queued();
    await adapter.tell(message(0));
    await grant;
    const second = jest.fn();
    void acquire().then(second);
    await adapter.tell(message(0));
    expect(second).not.toHaveBeenCalled();
    expect(adapter.count).toBe(2);
  });

  it('that comes when nobody waits any more grants nobody: the lock is given back', async () => {
    const abort = new AbortController();
    const { adapter, grant, message, token, engine } = await queued({ signal: abort.signal });
    abort.abort('gone');
    expect(await rejection(grant)).toBe('gone');
    await adapter.tell(message(0));
    const release = await adapter.next('mutex-release');
    expect(release.args[0]).toBe(token);
    await release.reply(RELEASED);
    await engine.cleanup.finish();
    expect(adapter.unseen).toEqual([]);
  });

  it('that comes after the timeout, by the clock, grants nobody: the lock is given back', async () => {
    const { adapter, environment, grant, message, token } = await queued({ timeout: 400 });
    environment.stall(400);
    await adapter.tell(message(0));
    expect(await rejection(grant)).toMatchObject({ code: 'LOCK_TIMEOUT' });
    expect((await adapter.next('mutex-release')).args[0]).toBe(token);
  });
});

describe('a message that is lost', () => {
  /** When the next attempt follows, in ms, and the attempt. */
  const nextLook = async ({
    adapter,
    environment,
  }: Awaited<ReturnType<typeof queued>>): Promise<[number, Sent]> => {
    const before = environment.mono;
    const sent = await adapter.nextWithin(10_100, environment, 'mutex-acquire');
    return [environment.mono - before, sent];
  };

  it.each([
    [0, 500],
    [0.5, 700],
    [0.999, 900],
  ])('is made up for by a look, spread by the dice of %p to %p ms', async (dice, expected) => {
    const world = await queued();
    // The look that is planned already was drawn with another dice.
    const [, first] = await nextLook(world);
    world.environment.dice = dice;
    await first.reply(busy());
    const [delay, sent] = await nextLook(world);
    expect(delay).toBe(expected);
    expect(sent.args[0]).toBe(world.token);
    await sent.reply(granted(77));
    expect((await world.grant).fencingToken).toBe(77);
  });

  it('costs less than that when the lock expires earlier: the look comes 1 to 21 ms after its expiry', async () => {
    const world = await queued();
    const [, first] = await nextLook(world);
    world.environment.dice = 0.999;
    await first.reply(busy(200));
    const [delay] = await nextLook(world);
    expect(delay).toBeGreaterThan(200);
    expect(delay).toBeLessThanOrEqual(221);
  });
});

describe('a contender that gives a late grant back', () => {
  it('loses its place with its token, and takes another one with a new token', async () => {
    const world = await queued({ commandTimeout: 900 });
    const { adapter, environment, grant, token, message } = world;
    environment.stall(600);
    await adapter.tell(message(0));
    const renewal = await adapter.next('mutex-acquire');
    environment.stall(600);
    await renewal.reply(GRANTED);
    const giveBack = await adapter.next('mutex-release');
    expect(giveBack.args[0]).toBe(token);
    const next = await adapter.nextWithin(101, environment, 'mutex-acquire');
    expect(next.args[0]).not.toBe(token);
    // A message for the old token finds nobody, whatever becomes of the give-back.
    await adapter.tell(message(0));
    await giveBack.reply(NOT_OURS);
    await next.reply(granted(99));
    expect((await grant).fencingToken).toBe(99);
  });
});
