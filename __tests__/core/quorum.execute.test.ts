import type { Execution, Executor } from '../../src/core/executor.js';
import { Quorum } from '../../src/core/quorum.js';
import type { Call } from '../../src/kinds/kind.js';
import { quorumMutex } from '../../src/kinds/quorum-mutex.js';
import { claim } from '../support/engine.js';
import { settle, VirtualEnvironment } from '../support/virtual-environment.js';

const AT = 1_700_000_000_000_000;
const sentAt = { mono: 0, wall: 0 };
const { tenure } = claim();
const kind = quorumMutex('memory', 60_000);

/** A server whose every answer is the test's. */
class Scripted implements Executor {
  readonly asked: {
    readonly script: string;
    readonly answer: (execution: Execution<never>) => Promise<void>;
  }[] = [];

  execute<Result>({ script }: Call<Result>): Promise<Execution<Result>> {
    return new Promise((resolve) => {
      const answer = async (execution: Execution<never>): Promise<void> => {
        resolve(execution);
        await settle();
      };
      this.asked.push({ script: script.name, answer });
    });
  }
}

const reply = (said: unknown): Execution<never> => ({ ok: true, reply: said as never, sentAt });
const GRANTED = reply({ granted: true, fence: 7, at: AT });
const BUSY = reply({ granted: false, ttlLeft: 5, holder: undefined, heldFor: undefined, at: AT });
const failed = (outcome: 'not-done' | 'unknown'): Execution<never> => ({
  ok: false,
  failure: { reason: 'OOM', message: 'OOM', retryable: true, outcome },
});

function several(count: number) {
  const environment = new VirtualEnvironment();
  const servers = Array.from({ length: count }, () => new Scripted());
  return { environment, servers, quorum: new Quorum(servers, environment) };
}

const scripts = (servers: readonly Scripted[]) =>
  servers.map(({ asked }) => asked.map(({ script }) => script));

it('fails, as one that may be done, when a majority has lost the lock before it knows the fencing token', async () => {
  const { servers, quorum } = several(3);
  const execution = quorum.execute(kind.acquire(tenure, undefined), 100);
  await settle();
  for (const { asked } of servers) await asked[0]!.answer(GRANTED);
  for (const { asked } of servers) await asked[1]!.answer(reply('lost'));
  expect(await execution).toEqual({
    ok: false,
    failure: {
      reason: 'TOO_SLOW',
      message: 'the lock was gone before a majority knew of its fencing token',
      retryable: true,
      outcome: 'unknown',
    },
  });
});

it('tells how long it has waited for those that do not answer', async () => {
  const { environment, quorum } = several(3);
  environment.stall(50);
  const execution = quorum.execute(kind.release(tenure), 100);
  await environment.pass(100);
  await environment.pass(1);
  expect(await execution).toMatchObject({
    failure: { reason: 'NO_REPLY', message: '3 of 3 servers: no reply within 100 ms', outcome: 'unknown' },
  });
});

it.each([
  ['has certainly got nothing', [BUSY, BUSY, failed('not-done')], undefined],
  ['may have got something', [BUSY, BUSY, failed('unknown')], 'perhaps'],
  ['has certainly got something', [GRANTED, BUSY, BUSY], 'certainly'],
])('says of a lock that was refused that it %s', async (_, answers, partly) => {
  const { servers, quorum } = several(3);
  const execution = quorum.execute(kind.acquire(tenure, undefined), 100);
  await settle();
  for (const [n, { asked }] of servers.entries()) await asked[0]!.answer(answers[n]!);
  const refused = await execution;
  expect(refused).toMatchObject({ ok: true, reply: { granted: false } });
  expect('partly' in refused ? refused.partly : undefined).toBe(partly);
  expect('partly' in refused).toBe(partly !== undefined);
});

it('names those that have not said what became of it, also when they never answer', async () => {
  const { environment, servers, quorum } = several(3);
  const execution = quorum.execute(kind.release(tenure), 100);
  await settle();
  await servers[0]!.asked[0]!.answer(reply('released'));
  await servers[1]!.asked[0]!.answer(reply('released'));
  const done = await execution;
  await servers[2]!.asked[0]!.answer(failed('unknown'));
  await environment.pass(200);
  expect(done.ok && (await done.stragglers)).toEqual([servers[2]]);
});

it('takes an extended lock where it is not, and nowhere else', async () => {
  const { servers, quorum } = several(4);
  const execution = quorum.execute(kind.extend(tenure, 1_000, 7), 100);
  await settle();
  const answers = [reply('extended'), reply('extended'), reply('extended'), reply('lost')];
  for (const [n, { asked }] of servers.entries()) await asked[0]!.answer(answers[n]!);
  await execution;
  await settle();
  expect(scripts(servers)).toEqual([
    ...Array.from({ length: 3 }, () => ['mutex-extend']),
    ['mutex-extend', 'quorum-acquire'],
  ]);
});

it('takes it nowhere when it was not extended, or where a server has failed', async () => {
  for (const answers of [
    [reply('extended'), reply('lost'), reply('lost')],
    [reply('extended'), reply('extended'), failed('not-done')],
  ]) {
    const { servers, quorum } = several(3);
    const execution = quorum.execute(kind.extend(tenure, 1_000, 7), 100);
    await settle();
    for (const [n, { asked }] of servers.entries()) await asked[0]!.answer(answers[n]!);
    await execution;
    await settle();
    expect(scripts(servers).flat()).toEqual(['mutex-extend', 'mutex-extend', 'mutex-extend']);
  }
});

it('does not mend what is not mended any more', async () => {
  const { servers, quorum } = several(3);
  const execution = quorum.execute({ ...kind.extend(tenure, 1_000, 7), mend: () => undefined }, 100);
  await settle();
  const answers = [reply('extended'), reply('extended'), reply('lost')];
  for (const [n, { asked }] of servers.entries()) await asked[0]!.answer(answers[n]!);
  await execution;
  await settle();
  expect(scripts(servers).flat()).toHaveLength(3);
});

it('leaves no timer behind, whenever the last of them answers', async () => {
  for (const answers of [
    [GRANTED, GRANTED, GRANTED],
    [GRANTED, GRANTED, BUSY],
    [BUSY, BUSY, GRANTED],
    [BUSY, failed('unknown'), BUSY],
  ]) {
    const { environment, servers, quorum } = several(3);
    const execution = quorum.execute({ ...kind.acquire(tenure, undefined), raise: () => undefined }, 100);
    await settle();
    for (const [n, { asked }] of servers.entries()) await asked[0]!.answer(answers[n]!);
    await execution;
    expect(environment.pending).toEqual([]);
  }
});

it('waits for the last one to the end where a majority must have done it', async () => {
  const { environment, servers, quorum } = several(3);
  let settled = false;
  const execution = quorum.execute(kind.extend(tenure, 1_000, 7), 200);
  void execution.then(() => (settled = true));
  await settle();
  await servers[0]!.asked[0]!.answer(reply('extended'));
  await servers[1]!.asked[0]!.answer(reply('lost'));
  await environment.pass(199);
  expect(settled).toBe(false);
  await servers[2]!.asked[0]!.answer(reply('extended'));
  expect(await execution).toMatchObject({ ok: true, reply: 'extended' });
});

describe('what gives a lock back', () => {
  const released = (servers: readonly Scripted[]) =>
    scripts(servers).map((names) => names.filter((name) => name === 'mutex-release').length);

  it('is sent at once when nothing that takes it is under way', async () => {
    const { servers, quorum } = several(3);
    const taking = quorum.execute({ ...kind.acquire(tenure, undefined), raise: () => undefined }, 100);
    await settle();
    for (const { asked } of servers) await asked[0]!.answer(BUSY);
    await taking;
    void quorum.execute(kind.release(tenure), 100);
    expect(released(servers)).toEqual([1, 1, 1]);
  });

  it('waits at each server for all that takes it there', async () => {
    const { servers, quorum } = several(3);
    for (let attempts = 0; attempts < 2; attempts++)
      void quorum.execute({ ...kind.acquire(tenure, undefined), raise: () => undefined }, 100);
    await settle();
    void quorum.execute(kind.release(tenure), 100);
    for (const { asked } of servers) await asked[0]!.answer(BUSY);
    void quorum.execute(kind.release(tenure), 100);
    await settle();
    expect(released(servers)).toEqual([0, 0, 0]);
    await servers[1]!.asked[1]!.answer(BUSY);
    expect(released(servers)).toEqual([0, 2, 0]);
  });
});
