import { stat } from 'node:fs/promises';

import { Carrier } from '../../src/core/carrier.js';
import { Server } from '../../src/core/server.js';
import { mutex } from '../../src/kinds/mutex.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { claim, scriptedEngine } from '../support/engine.js';
import { busy, GRANTED } from '../support/scripted-adapter.js';

const call = mutex.acquire(claim().tenure, undefined);

it('gives the reply and the moment before it was sent', async () => {
  const { engine, adapter, environment } = scriptedEngine();
  const execution = engine.servers.execute(call, 250);
  const sentAt = { mono: environment.mono, wall: environment.wall };
  environment.stall(100);
  await (await adapter.next('mutex-acquire')).reply(GRANTED);
  expect(await execution).toEqual({
    ok: true,
    reply: { granted: true, fence: expect.any(Number), at: expect.any(Number) },
    sentAt,
  });
  expect(environment.pending).toEqual([]);
});

it('gives up after the deadline; a late reply or error does no harm', async () => {
  for (const late of ['reply', 'fail'] as const) {
    const { engine, adapter, environment } = scriptedEngine();
    const execution = engine.servers.execute(call, 250);
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

it('reads a reply that has come while the process stood still past the deadline', async () => {
  // The reply comes through the event loop, as that of a socket does, and so do the timers.
  const adapter = {
    run: (_script: unknown, _keys: unknown, args: readonly string[]) =>
      stat(__filename).then(() => [args.at(-1), GRANTED]),
    subscribe: () => Promise.reject(new Error()),
  };
  const carrier = new Carrier(adapter, mutex, nodeEnvironment);
  // From the end of a turn of the loop, so that the next one begins with timers and comes to the reply later.
  await new Promise((resolve) => setImmediate(resolve));
  const execution = new Server(carrier, nodeEnvironment).execute(call, 20);
  const end = performance.now() + 100;
  while (performance.now() < end);
  expect(await execution).toMatchObject({ ok: true });
});

describe('replicas', () => {
  const world = () => {
    const { adapter, environment } = scriptedEngine();
    const waits: { args: unknown[]; answer: (have: number) => void; fail: (error: unknown) => void }[] = [];
    const wait = (...args: unknown[]): Promise<number> =>
      new Promise((answer, fail) => void waits.push({ args, answer, fail }));
    const server = new Server(new Carrier(adapter, mutex, environment), environment, { count: 2, wait });
    return { adapter, environment, waits, server };
  };

  it('must know of a grant before it counts, which still counts from when it was sent', async () => {
    const { adapter, environment, waits, server } = world();
    const sentAt = { mono: environment.mono, wall: environment.wall };
    const execution = server.execute(call, 250);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    expect(waits[0]!.args).toEqual([call.keys, 2, 125]);
    environment.stall(100);
    waits[0]!.answer(2);
    expect(await execution).toMatchObject({ ok: true, reply: { granted: true }, sentAt });
    expect(environment.pending).toEqual([]);
  });

  it.each([
    ['too few know of it', (waits: ReturnType<typeof world>['waits']) => waits[0]!.answer(1), 'NOREPLICAS'],
    [
      'the server refuses',
      (waits: ReturnType<typeof world>['waits']) => waits[0]!.fail(new Error('NOPERM no')),
      'NOPERM',
    ],
    ['nothing is heard', () => undefined, 'NO_REPLY'],
  ])('make a grant unknown when %s', async (_, answer, reason) => {
    const { adapter, environment, waits, server } = world();
    const execution = server.execute(call, 250);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    answer(waits);
    await environment.pass(250);
    expect(await execution).toMatchObject({ ok: false, failure: { reason, outcome: 'unknown' } });
    expect(environment.pending).toEqual([]);
  });

  it('are not asked about what is not granted, nor about a release', async () => {
    const { adapter, waits, server } = world();
    const refused = server.execute(call, 250);
    await (await adapter.next('mutex-acquire')).reply(busy());
    expect(await refused).toMatchObject({ ok: true, reply: { granted: false } });
    const released = server.execute(mutex.release(claim().tenure), 250);
    await (await adapter.next('mutex-release')).reply([1]);
    expect(await released).toMatchObject({ ok: true, reply: 'released' });
    expect(waits).toEqual([]);
  });
});
