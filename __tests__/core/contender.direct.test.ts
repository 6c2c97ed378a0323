/** The contender alone, for a line that the test makes. */
import { type Contended, Contender } from '../../src/core/contender.js';
import { margin } from '../../src/core/lease.js';
import type { Tenancy } from '../../src/core/tenancy.js';
import { KEYS, request, scriptedEngine, TTL } from '../support/engine.js';
import { busy, GRANTED, granted, RELEASED } from '../support/scripted-adapter.js';

const RESET = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** @param several - whether there are several servers, without queues */
function contending({ several = false, hears = false, change = {} } = {}) {
  const world = scriptedEngine();
  Object.assign(world.engine, { queues: !several });
  world.adapter.hears = hears;
  const contended = {
    keys: KEYS,
    head: { request: request(change), remaining: 60_000 } as Contended['head'],
    onGrant: jest.fn<undefined, [Tenancy]>(),
    onBusy: jest.fn<undefined, [string | undefined]>(),
    onRefused: jest.fn<undefined, [object]>(),
  };
  return { ...world, contended, contender: new Contender(world.engine, contended) };
}

it('tells of a grant, and makes no attempt any more', async () => {
  const { contender, contended, adapter, environment } = contending();
  contender.attempt();
  await (await adapter.next('mutex-acquire')).reply(granted(7));
  expect(contended.onGrant.mock.calls[0]![0]).toMatchObject({ lease: { remaining: TTL - margin(TTL) } });
  contender.attempt();
  contender.attemptLater();
  await environment.pass(5_000);
  expect(adapter.unseen).toEqual([]);
  // Whoever has it gives it back, and nobody else.
  expect(contender.stop()).toBeUndefined();
  await environment.pass(5_000);
  expect(adapter.unseen).toEqual([]);
});

it('asks again at once when an attempt was under way, once', async () => {
  const { contender, adapter, environment } = contending({ change: { timeout: 60_000 } });
  contender.attempt();
  contender.attempt();
  contender.attempt();
  await (await adapter.next('mutex-acquire')).reply(busy());
  await (await adapter.next('mutex-acquire')).reply(busy());
  await environment.pass(4);
  expect(adapter.unseen).toEqual([]);
});

it('makes no attempt for nobody', async () => {
  const { contender, contended, adapter, environment } = contending();
  contended.head = undefined;
  contender.attempt();
  contender.attemptLater();
  await environment.pass(1_000);
  expect(adapter.count).toBe(0);
});

it('keeps what comes with just enough of it, and gives back what comes with less', async () => {
  for (const [late, kept] of [
    [500, true],
    [501, false],
  ] as const) {
    const { contender, contended, adapter, environment } = contending({
      change: { minValidity: TTL - margin(TTL) - 500 },
    });
    contender.attempt();
    const sent = await adapter.next('mutex-acquire');
    environment.stall(late);
    await sent.reply(GRANTED);
    expect(contended.onGrant).toHaveBeenCalledTimes(kept ? 1 : 0);
    if (!kept) await (await adapter.next('mutex-release')).reply(RELEASED);
    expect(adapter.unseen).toEqual([]);
  }
});

it('asks for what the first in the line wants by now', async () => {
  const { contender, contended, adapter } = contending();
  contender.attempt();
  const sent = await adapter.next('mutex-acquire');
  contended.head = { request: request({ ttl: 3_000 }), remaining: 60_000 };
  await sent.reply(GRANTED);
  expect(contended.onGrant).not.toHaveBeenCalled();
  const again = await adapter.next('mutex-acquire');
  expect(again.args.slice(0, 2)).toEqual([sent.args[0], '3000']);
});

describe('one that is stopped', () => {
  it.each([
    ['a grant', GRANTED],
    ['a refusal', busy()],
    ['a refusal for good', new Error('NOPERM')],
    ['a failure', RESET],
  ])('while an attempt is under way tells nobody of %s', async (_, answer) => {
    const { contender, contended, adapter, environment, told } = contending();
    contender.attempt();
    contender.attempt();
    const sent = await adapter.next('mutex-acquire');
    expect(contender.stop()).toBe(environment.wall + TTL);
    await (answer instanceof Error ? sent.fail(answer) : sent.reply(answer));
    for (const release of adapter.unseen.splice(0)) {
      expect(release.name).toBe('mutex-release');
      await release.reply(RELEASED);
    }
    await environment.pass(5_000);
    expect(adapter.unseen).toEqual([]);
    for (const hear of [contended.onGrant, contended.onBusy, contended.onRefused])
      expect(hear).not.toHaveBeenCalled();
    expect(told).toEqual([]);
    expect(contender.stop()).toBeUndefined();
  });

  it('by who is told of a failure does not tell of it again', async () => {
    const { contender, contended, adapter, engine, environment } = contending();
    engine.events.on('failure', () => void contender.stop());
    contender.attempt();
    await (await adapter.next('mutex-acquire')).fail(new Error('NOPERM'));
    expect(contended.onRefused).not.toHaveBeenCalled();
    await environment.pass(5_000);
    expect(adapter.unseen).toEqual([]);
  });
});

describe('on one server', () => {
  it('subscribes once, however often it finds the lock taken until that is done', async () => {
    const { contender, adapter, engine } = contending({ hears: true });
    const open = jest.spyOn(engine.inbox, 'open');
    let listen!: () => void;
    adapter.subscribe = () => new Promise((resolve) => (listen = () => resolve(async () => undefined)));
    for (let attempts = 0; attempts < 3; attempts++) {
      contender.attempt();
      await (await adapter.next('mutex-acquire')).reply(busy());
    }
    expect(open).toHaveBeenCalledTimes(1);
    listen();
    const placed = await adapter.next('mutex-acquire');
    expect(placed.args[4]).not.toBe('');
  });

  it('tries to subscribe again when that has failed', async () => {
    const { contender, adapter, engine } = contending();
    const open = jest.spyOn(engine.inbox, 'open');
    for (let attempts = 1; attempts <= 3; attempts++) {
      contender.attempt();
      await (await adapter.next('mutex-acquire')).reply(busy());
      expect(open).toHaveBeenCalledTimes(attempts);
    }
  });
});

describe('on several servers', () => {
  it('does not subscribe: none of them knows who has the lock', async () => {
    const { contender, adapter, engine } = contending({ several: true });
    const open = jest.spyOn(engine.inbox, 'open');
    contender.attempt();
    await (await adapter.next('mutex-acquire')).reply(busy());
    expect(open).not.toHaveBeenCalled();
  });

  /** One whose first attempt and give-back had no answer, with its second attempt under way. */
  async function twice() {
    const world = contending({ several: true });
    const { contender, adapter, environment } = world;
    contender.attempt();
    const first = await adapter.next('mutex-acquire');
    await first.fail(RESET);
    const uncertain = environment.wall + TTL;
    await (await adapter.next('mutex-release')).fail(RESET);
    const second = await adapter.nextWithin(200, environment, 'mutex-acquire');
    return { ...world, first, uncertain, second };
  }

  it('has a new token when an attempt may have got something, and says until when one of all may hold the lock', async () => {
    const { contender, first, uncertain, second } = await twice();
    expect(second.args[0]).not.toBe(first.args[0]);
    await second.reply(busy());
    // Nothing of the second one can be there.
    expect(contender.stop()).toBe(uncertain);
  });

  it('says the latest of several such moments', async () => {
    const { contender, environment } = await twice();
    environment.stall(100);
    expect(contender.stop()).toBe(environment.wall + TTL);
  });

  it('forgets what can not be there any more', async () => {
    const { contender, adapter, environment, uncertain, second } = await twice();
    environment.stall(uncertain - environment.wall);
    await second.fail(RESET);
    const released = adapter.unseen.splice(0).find(({ args }) => args[0] === second.args[0]);
    await released!.reply(RELEASED);
    expect(contender.stop()).toBeUndefined();
  });
});
