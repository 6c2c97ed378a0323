import { stat } from 'node:fs/promises';

import { Carrier } from '../../src/core/carrier.js';
import { Server } from '../../src/core/server.js';
import { mutex } from '../../src/kinds/mutex.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { claim, scriptedEngine } from '../support/engine.js';
import { busy, GRANTED } from '../support/scripted-adapter.js';
import { settle } from '../support/virtual-environment.js';

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

describe('calls that travel together and are refused as a whole', () => {
  const refused = async (after: number) => {
    const { adapter, environment } = scriptedEngine();
    const server = new Server(
      new Carrier(Object.assign(adapter, { joins: true }), mutex, environment),
      environment,
    );
    const executions = [server.execute(call, 250), server.execute(call, 250)];
    const joined = await adapter.next('mutex-steps');
    await environment.pass(after);
    await joined.fail(new Error('NOPERM no'));
    return { adapter, environment, executions };
  };

  it('are sent one by one while somebody waits for them, and within the same deadline', async () => {
    const { adapter, environment, executions } = await refused(249);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await adapter.next('mutex-acquire');
    await environment.pass(1);
    expect(await executions[0]).toMatchObject({ ok: true });
    expect(await executions[1]).toMatchObject({ ok: false, failure: { reason: 'NO_REPLY' } });
  });

  it('are not sent again when they are given up: what they might take would be nobody’s', async () => {
    const { adapter, executions } = await refused(250);
    expect(await Promise.all(executions)).toMatchObject([{ ok: false }, { ok: false }]);
    expect(adapter.unseen).toEqual([]);
  });
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

  /** A grant that is there after `ms`. */
  const grantedAfter = async (ms: number, made = world()) => {
    const execution = made.server.execute(call, 250);
    const sent = await made.adapter.next('mutex-acquire');
    made.environment.stall(ms);
    await sent.reply(GRANTED);
    return { ...made, execution };
  };

  it('have half of the time that the grant has left, and their answer all of it', async () => {
    const { environment, waits, execution } = await grantedAfter(51);
    expect(waits[0]!.args[2]).toBe(100);
    await environment.pass(198);
    waits[0]!.answer(2);
    expect(await execution).toMatchObject({ ok: true });

    const late = await grantedAfter(51);
    await late.environment.pass(199);
    expect(await late.execution).toEqual({
      ok: false,
      failure: { reason: 'NO_REPLY', message: 'no reply within 199 ms', retryable: true, outcome: 'unknown' },
    });
  });

  it('that are too few are counted in the failure', async () => {
    const { waits, execution } = await grantedAfter(0);
    waits[0]!.answer(1);
    expect(await execution).toEqual({
      ok: false,
      failure: {
        ...{ reason: 'NOREPLICAS', retryable: true, outcome: 'unknown' },
        message: '1 of 2 replicas knew of the grant after 125 ms',
      },
    });
  });

  it('are asked for one grant after the other, and not any more for what is given up meanwhile', async () => {
    const made = await grantedAfter(0);
    const { environment, waits, execution } = made;
    await environment.pass(100);
    const second = await grantedAfter(0, made);
    const third = await grantedAfter(0, made);
    expect(waits).toHaveLength(1);
    await environment.pass(200);
    expect(await execution).toMatchObject({ ok: false, failure: { reason: 'NO_REPLY' } });
    waits[0]!.answer(2);
    await settle();
    expect(waits).toHaveLength(2);
    await environment.pass(50);
    expect(await second.execution).toMatchObject({ ok: false, failure: { reason: 'NO_REPLY' } });
    expect(await third.execution).toMatchObject({ ok: false, failure: { reason: 'NO_REPLY' } });
    waits[1]!.fail(new Error('late'));
    await settle();
    expect(waits).toHaveLength(2);

    const next = await grantedAfter(0, made);
    waits[2]!.answer(2);
    expect(await next.execution).toMatchObject({ ok: true });
    expect(environment.pending).toEqual([]);
  });

  it('are heard when they have answered while the process stood still past the deadline', async () => {
    const { environment, waits, execution } = await grantedAfter(100);
    // Behind the timer, as what has come over a socket is read behind the timers.
    environment.timers.set(() => waits[0]!.answer(2), 150);
    environment.stall(200);
    await environment.pass(0);
    expect(await execution).toMatchObject({ ok: true });
  });

  it('have no time when the grant was found after the deadline, and no less than none', async () => {
    const { environment, waits, execution } = await grantedAfter(300);
    expect(waits[0]!.args[2]).toBe(1);
    await environment.pass(0);
    expect(await execution).toMatchObject({ ok: false, failure: { message: 'no reply within 0 ms' } });
  });

  it('are not asked about a grant for which nobody waits any more', async () => {
    const { adapter, environment, waits, server } = world();
    const execution = server.execute(call, 250);
    const sent = await adapter.next('mutex-acquire');
    await environment.pass(250);
    expect(await execution).toMatchObject({ ok: false, failure: { message: 'no reply within 250 ms' } });
    await sent.reply(GRANTED);
    expect(waits).toEqual([]);
    expect(environment.pending).toEqual([]);
  });
});
