import { release } from '../../src/core/release.js';
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
