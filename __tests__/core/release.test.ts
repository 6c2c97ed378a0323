import { release, takeBack } from '../../src/core/release.js';
import { claim, KEYS, scriptedEngine, TOKEN, TTL } from '../support/engine.js';
import { NOT_OURS, RELEASED } from '../support/scripted-adapter.js';

const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

it.each([
  ['released', RELEASED],
  ['lost', NOT_OURS],
])('is one command whose outcome may be %s', async (outcome, reply) => {
  const { engine, adapter, environment } = scriptedEngine();
  const released = release(engine, claim());
  const sent = await adapter.next('mutex-release');
  expect(sent).toMatchObject({ keys: Object.values(KEYS), args: [TOKEN] });
  await sent.reply(reply);
  expect(await released).toBe(outcome);
  expect(environment.pending).toEqual([]);
});

it('without an answer is unknown after the command timeout, and goes on in the background', async () => {
  const { engine, adapter, environment, told } = scriptedEngine();
  const released = release(engine, claim());
  await adapter.next('mutex-release');
  await environment.pass(250);
  expect(await released).toBe('unknown');
  expect(told).toEqual([['failure', expect.objectContaining({ operation: 'release', reason: 'NO_REPLY' })]]);
  expect(environment.pendingInForeground).toBe(0);
  await (await adapter.nextWithin(101, environment, 'mutex-release')).reply(NOT_OURS);
  expect(environment.pending).toEqual([]);
  await engine.cleanup.finish();
  expect(adapter.count).toBe(2);
});

it('that is refused for good is unknown and not tried again', async () => {
  const { engine, adapter, environment } = scriptedEngine();
  const released = release(engine, claim());
  await (await adapter.next('mutex-release')).fail(new Error('NOPERM no'));
  expect(await released).toBe('unknown');
  await environment.pass(2 * TTL);
  expect(adapter.count).toBe(1);
});

it('ends its pauses when the locker is closing, and makes one last try', async () => {
  for (const when of ['before', 'meanwhile']) {
    const { engine, adapter, environment } = scriptedEngine();
    if (when === 'before') await engine.cleanup.finish();
    const released = release(engine, claim());
    await (await adapter.next('mutex-release')).fail(refused);
    expect(await released).toBe('unknown');
    const finished = engine.cleanup.finish();
    const last = await adapter.next('mutex-release');
    environment.stall(10);
    await last.fail(refused);
    await finished;
    expect(environment.pending).toEqual([]);
    expect(adapter.count).toBe(2);
  }
});

it('leaves no callback behind in its pauses', async () => {
  const { engine, adapter, environment } = scriptedEngine();
  const remove = jest.spyOn(engine.cleanup.stopped, 'removeEventListener');
  void release(engine, claim());
  await (await adapter.next('mutex-release')).fail(refused);
  await (await adapter.nextWithin(101, environment, 'mutex-release')).reply(RELEASED);
  expect(remove).toHaveBeenCalledTimes(1);
});

describe('what may be left in Redis', () => {
  it.each([
    ['is gone once Redis has answered', RELEASED, true],
    ['is gone when it was not ours any more', NOT_OURS, true],
    ['may be left when Redis refuses for good', new Error('NOPERM no'), false],
  ])('%s', async (_, answer, gone) => {
    const { engine, adapter } = scriptedEngine();
    const taken = takeBack(engine, claim());
    const sent = await adapter.next('mutex-release');
    await (answer instanceof Error ? sent.fail(answer) : sent.reply(answer));
    expect(await taken).toBe(gone);
    expect(adapter.count).toBe(1);
  });

  it('is tried to be taken back for a ttl, and not beyond it', async () => {
    const { engine, adapter, environment } = scriptedEngine();
    const end = environment.mono + TTL;
    const taken = takeBack(engine, claim());
    let [settled, atTheEnd] = [false, 0];
    void taken.then(() => (settled = true));
    for (let ms = 0; ms < 2 * TTL && !settled; ms++) {
      for (const sent of adapter.unseen.splice(0)) {
        if (environment.mono >= end) atTheEnd++;
        await sent.fail(refused);
      }
      await environment.pass(1);
    }
    expect(await taken).toBe(false);
    expect(environment.mono).toBeLessThanOrEqual(end + 1);
    expect(atTheEnd).toBe(1);
    expect(environment.pending).toEqual([]);
  });

  it('may be left when the locker closes', async () => {
    const { engine, adapter } = scriptedEngine();
    const taken = takeBack(engine, claim());
    void engine.cleanup.finish();
    await (await adapter.next('mutex-release')).fail(refused);
    await (await adapter.next('mutex-release')).fail(refused);
    expect(await taken).toBe(false);
    expect(adapter.count).toBe(2);
  });

  it('on servers that never answer keeps no process from ending when the locker closes', async () => {
    const { engine, environment } = scriptedEngine();
    const silent = { execute: () => new Promise<never>(() => undefined) };
    const sentAt = { mono: 0, wall: 0 };
    const done = { ok: true, reply: 'released', sentAt, stragglers: Promise.resolve([silent]) } as const;
    const asked = jest.spyOn(silent, 'execute');
    Object.assign(engine, { servers: { execute: () => Promise.resolve(done) } });
    expect(await release(engine, claim())).toBe('released');
    expect(asked).toHaveBeenCalledTimes(1);
    const finished = engine.cleanup.finish();
    expect([environment.pending.length, environment.pendingInForeground]).toEqual([1, 0]);
    await environment.pass(environment.pending[0]!);
    await finished;
  });
});
