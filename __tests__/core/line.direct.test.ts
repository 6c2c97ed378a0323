/** What lines know of who has a lock, and who waits for it. */
import { Waiter } from '../../src/core/waiter.js';
import { rejection } from '../support/deferred.js';
import { KEYS, request, scriptedEngine, TTL } from '../support/engine.js';
import { busy, granted, GRANTED, NOT_OURS, RELEASED } from '../support/scripted-adapter.js';
import { settle } from '../support/virtual-environment.js';

const WHO = 'host/1 Test.run';

/** A world in which this process has the lock, and others of it may want it. */
async function held() {
  const world = scriptedEngine();
  const asked = world.acquire();
  await (await world.adapter.next('mutex-acquire')).reply(GRANTED);
  return { ...world, grant: await asked };
}

const waits = (told: readonly [string, unknown][]): unknown[] =>
  told.filter(([name]) => name === 'waiting').map(([, event]) => (event as { holder: unknown }).holder);

it('know who of the process has the lock, as long as its lease lasts', async () => {
  const { lines, grant, environment } = await held();
  expect(lines.holder(KEYS.lock)).toEqual({ is: 'holder', who: WHO, since: environment.mono });
  expect(lines.holder('lock:other')).toBeUndefined();
  environment.stall(grant.lease.remaining - 1);
  expect(lines.holder(KEYS.lock)).toBeDefined();
  environment.stall(1);
  expect(lines.holder(KEYS.lock)).toBeUndefined();
});

it('know the section that works, as far as it has told, and only while it does', async () => {
  const { acquire, lines, grant, adapter } = await held();
  const [section, other] = [{}, {}];
  const next = acquire();
  expect(lines.occupant(KEYS.lock)).toBeUndefined();
  expect(lines.occupy('lock:other', grant.lease, section)).toBe(false);
  expect(lines.occupy(KEYS.lock, grant.lease, section)).toBe(true);
  expect(lines.occupant(KEYS.lock)).toBe(section);
  void grant.release();
  const handed = await next;
  expect(lines.occupant(KEYS.lock)).toBeUndefined();
  expect(lines.occupy(KEYS.lock, handed.lease, other)).toBe(true);
  expect(lines.occupant(KEYS.lock)).toBe(other);

  const last = acquire();
  handed.detach!();
  const attempt = await adapter.next('mutex-acquire');
  expect(lines.occupant(KEYS.lock)).toBeUndefined();
  expect(lines.occupy(KEYS.lock, handed.lease, other)).toBe(false);
  await attempt.reply(granted(200));
  await last;
  expect(lines.occupy(KEYS.lock, handed.lease, other)).toBe(false);
  expect(lines.occupant(KEYS.lock)).toBeUndefined();
});

it('tell each who waits once for whom it does', async () => {
  const { acquire, adapter, environment, told } = scriptedEngine();
  const first = acquire();
  void acquire();
  // Nothing is known of the lock, but that somebody of this process is before it.
  expect(waits(told)).toEqual([WHO]);
  await (await adapter.next('mutex-acquire')).reply(busy(10_000, 'other/2 there'));
  expect(waits(told)).toEqual([WHO, 'other/2 there']);
  void acquire();
  expect(waits(told)).toEqual([WHO, 'other/2 there', 'other/2 there']);
  await (await adapter.nextWithin(251, environment, 'mutex-acquire')).reply(GRANTED);
  await first;
  void acquire();
  expect(waits(told)).toEqual([WHO, 'other/2 there', 'other/2 there', WHO]);
});

describe('a caller whose wait has ended before it comes to its line', () => {
  const ended = (world: ReturnType<typeof scriptedEngine>): Promise<unknown> => {
    const waiter = new Waiter(world.engine, request({ signal: AbortSignal.abort('gone') }));
    world.lines.join(waiter);
    return rejection(waiter.granted);
  };

  it('leaves no line and sends nothing when it is alone', async () => {
    const world = scriptedEngine();
    expect(await ended(world)).toBe('gone');
    expect([world.lines.size, world.adapter.count]).toEqual([0, 0]);
  });

  it('changes nothing for those who have the lock, or wait for it', async () => {
    const world = await held();
    expect(await ended(world)).toBe('gone');
    expect([world.lines.size, world.adapter.count]).toEqual([1, 1]);
    const next = world.acquire();
    void world.grant.release();
    void (await next).release();
    await (await world.adapter.next('mutex-release')).reply(RELEASED);

    const asking = scriptedEngine();
    const asked = asking.acquire();
    expect(await ended(asking)).toBe('gone');
    expect(asking.lines.size).toBe(1);
    await (await asking.adapter.next('mutex-acquire')).reply(GRANTED);
    await asked;
  });
});

it('end with the last who has or wants the lock', async () => {
  const { acquire, lines, grant, adapter } = await held();
  const abort = new AbortController();
  const next = rejection(acquire({ signal: abort.signal }));
  abort.abort('gone');
  await next;
  expect(lines.size).toBe(1);
  const released = grant.release();
  expect(lines.size).toBe(0);
  await (await adapter.next('mutex-release')).reply(RELEASED);
  expect(await released).toBe('released');
  await settle();
  expect(adapter.unseen).toEqual([]);
});

it('say of a lock that is handed on that it is released', async () => {
  const { acquire, grant } = await held();
  const next = acquire();
  expect(await grant.release()).toBe('released');
  await next;
});

it('go on for the others when one of those who wait leaves, and end when the last one does', async () => {
  const { acquire, lines, adapter, environment } = scriptedEngine();
  const [first, last] = [new AbortController(), new AbortController()];
  const gone = rejection(acquire({ signal: first.signal }));
  const next = acquire();
  const late = rejection(acquire({ signal: last.signal }));
  await (await adapter.next('mutex-acquire')).reply(busy());
  first.abort('gone');
  expect(await gone).toBe('gone');
  expect(lines.size).toBe(1);
  await (await adapter.nextWithin(251, environment, 'mutex-acquire')).reply(GRANTED);
  const grant = await next;

  grant.detach!();
  await (await adapter.next('mutex-acquire')).reply(busy());
  expect(lines.size).toBe(1);
  last.abort('gone, too');
  expect(await late).toBe('gone, too');
  expect(lines.size).toBe(0);
});

describe('a lock that is given back when its line has gone on without it', () => {
  it('changes nothing for those who ask already', async () => {
    const { acquire, grant, adapter, environment } = await held();
    const next = acquire();
    environment.stall(TTL);
    // The lease is found to be over by this, and the line asks.
    void grant.release();
    await (await adapter.next('mutex-release')).reply(NOT_OURS);
    const attempt = await adapter.next('mutex-acquire');
    expect(adapter.unseen).toEqual([]);
    await attempt.reply(granted(200));
    expect((await next).fencingToken).toBe(200);
  });

  it('changes nothing for who has it now', async () => {
    const { acquire, lines, grant, adapter, environment } = await held();
    const next = acquire();
    await environment.pass(TTL / 2);
    grant.detach!();
    await (await adapter.next('mutex-acquire')).reply(granted(200));
    const { lease } = await next;
    environment.stall(TTL / 2);
    expect([grant.lease.remaining, lease.remaining > 0]).toEqual([0, true]);
    void grant.release();
    expect(lines.occupy(KEYS.lock, lease, {})).toBe(true);
    expect(adapter.unseen.map(({ name }) => name)).not.toContain('mutex-acquire');
  });
});
