import { execute } from '../../src/core/execute.js';
import { mutex } from '../../src/kinds/mutex.js';
import { request, scriptedEngine } from '../support/engine.js';
import { GRANTED } from '../support/scripted-adapter.js';

const call = mutex.acquire(request().tenure);

it('gives the reply and the moment before it was sent', async () => {
  const { engine, adapter, environment } = scriptedEngine();
  const execution = execute(engine, call, 250, []);
  const sentAt = { mono: environment.mono, wall: environment.wall };
  environment.stall(100);
  await (await adapter.next('mutex-acquire')).reply(GRANTED);
  expect(await execution).toEqual({ ok: true, reply: { granted: true }, sentAt });
  expect(environment.pending).toEqual([]);
});

it('gives up after the deadline; a late reply or error does no harm', async () => {
  for (const late of ['reply', 'fail'] as const) {
    const { engine, adapter, environment } = scriptedEngine();
    const execution = execute(engine, call, 250, []);
    const sent = await adapter.next('mutex-acquire');
    await environment.pass(250);
    expect(await execution).toEqual({
      ok: false,
      failure: { reason: 'NO_REPLY', message: 'no reply within 250 ms', retryable: true, outcome: 'unknown' },
    });
    await sent[late](new Error('late'));
    expect(environment.pending).toEqual([]);
  }
});

it('reads a reply that has been in the socket while the process stood still past the deadline', async () => {
  const { engine, adapter, environment } = scriptedEngine();
  const execution = execute(engine, call, 250, []);
  const sent = await adapter.next('mutex-acquire');
  environment.stall(400);
  const fire = environment.pass(0);
  void sent.reply(GRANTED);
  await fire;
  expect(await execution).toMatchObject({ ok: true });
});

it('takes an adapter that throws for one that rejects, and keeps the token out of what it says', async () => {
  const { engine } = scriptedEngine();
  engine.adapter.run = () => {
    throw new Error('ERR bad arguments SECRET and SECRET');
  };
  expect(await execute(engine, call, 250, ['SECRET'])).toEqual({
    ok: false,
    failure: {
      reason: 'ERR',
      message: 'ERR bad arguments [token] and [token]',
      retryable: false,
      outcome: 'not-done',
    },
  });
});
