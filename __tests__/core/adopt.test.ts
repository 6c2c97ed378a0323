import { takeOver } from '../../src/core/acquire.js';
import { margin } from '../../src/core/lease.js';
import { claim, KEYS, scriptedEngine, TTL } from '../support/engine.js';
import { granted, NOT_OURS, RELEASED } from '../support/scripted-adapter.js';

const { site, commandTimeout } = claim();
const FORMER = 'former'.padEnd(27, '_');

const world = (change = {}) => {
  const made = scriptedEngine();
  const abort = new AbortController();
  const request = {
    ...{ site, keys: KEYS, ttl: TTL, commandTimeout, timeout: 1_000, minValidity: 500 },
    ...{ signal: abort.signal, extend: false, ...change },
  };
  const adopted = takeOver(made.engine, request, FORMER).catch((error: unknown) => error);
  return { ...made, adopted, abort };
};

it('tries again under the same token when Redis has failed', async () => {
  const { adapter, environment, adopted } = world();
  const first = await adapter.next('mutex-adopt');
  await first.fail(new Error('LOADING'));
  const again = await adapter.nextWithin(200, environment, 'mutex-adopt');
  expect(again.args).toEqual(first.args);
  await again.reply(granted(7));
  expect(await adopted).toMatchObject({ fencingToken: 7 });
});

it('takes back what it may have got when its caller stops waiting', async () => {
  const { adapter, adopted, abort } = world();
  const sent = await adapter.next('mutex-adopt');
  const reason = new Error('gone');
  abort.abort(reason);
  expect(await adopted).toBe(reason);
  await sent.reply(granted());
  await (await adapter.next('mutex-release')).reply(RELEASED);
});

it('does not try again when it may not, or need not, and takes nothing back that it can not have', async () => {
  for (const [timeout, message] of [
    [0, 'LOADING'],
    [1_000, 'NOPERM'],
  ] as const) {
    const { adapter, environment, adopted } = world({ timeout });
    await (await adapter.next('mutex-adopt')).fail(new Error(message));
    expect(await adopted).toMatchObject({ code: 'LOCK_BACKEND', reason: message, unknownUntil: undefined });
    await environment.pass(500);
    expect(adapter.unseen).toEqual([]);
  }
});

it('is told that the lock is not there any more', async () => {
  const { adapter, adopted } = world();
  await (await adapter.next('mutex-adopt')).reply(NOT_OURS);
  expect(await adopted).toMatchObject({ code: 'LOCK_LOST', reason: 'taken' });
});

const RESET = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

it('tries again in pauses that grow, and tells of each failure', async () => {
  const { adapter, environment, told } = world();
  environment.dice = 0.999;
  const delays: number[] = [];
  for (let failed = 0; failed < 3; failed++) {
    await (await adapter.next('mutex-adopt')).fail(new Error('LOADING Redis is loading'));
    const since = environment.mono;
    while (adapter.unseen.length === 0) await environment.pass(1);
    delays.push(environment.mono - since);
  }
  expect(delays).toEqual([100, 200, 400]);
  expect(told).toHaveLength(3);
  expect(told[0]).toEqual(['failure', expect.objectContaining({ operation: 'adopt', reason: 'LOADING' })]);
  expect(told[0]![1]).toMatchObject({ key: 'k', name: 'Test.run', message: 'LOADING Redis is loading' });
});

it('says until when its outcome is unknown, and takes back what an attempt without an answer may have got', async () => {
  const { adapter, environment, adopted } = world({ timeout: 60 });
  const end = environment.wall + 60;
  await (await adapter.next('mutex-adopt')).fail(RESET);
  // Answered, and it says nothing of the attempt before.
  await (await adapter.nextWithin(41, environment, 'mutex-adopt')).fail(new Error('LOADING'));
  await environment.pass(end - environment.wall);
  expect(await adopted).toMatchObject({ reason: 'LOADING', unknownUntil: end + TTL });
  await (await adapter.next('mutex-release')).reply(RELEASED);
});

it('hears nothing any more when its caller has stopped waiting', async () => {
  const { adapter, environment, adopted, abort, told } = world();
  const sent = await adapter.next('mutex-adopt');
  abort.abort('gone');
  expect(await adopted).toBe('gone');
  await sent.fail(RESET);
  await (await adapter.next('mutex-release')).reply(NOT_OURS);
  await environment.pass(1_000);
  expect(adapter.unseen).toEqual([]);
  expect(told.map(([name]) => name)).toEqual(['refused']);
});

it('stops trying when who is told of a failure stops waiting', async () => {
  const { adapter, engine, environment, adopted, abort } = world();
  engine.events.on('failure', () => abort.abort('enough'));
  await (await adapter.next('mutex-adopt')).fail(new Error('LOADING'));
  expect(await adopted).toBe('enough');
  await environment.pass(1_000);
  expect(adapter.unseen).toEqual([]);
});

it('gives back what comes with too little left of it', async () => {
  const { adapter, environment, adopted } = world({ timeout: 0 });
  const sent = await adapter.next('mutex-adopt');
  environment.stall(TTL - margin(TTL) - 499);
  await sent.reply(granted());
  expect(await adopted).toMatchObject({ reason: 'TOO_SLOW', unknownUntil: environment.wall + TTL });
  await (await adapter.next('mutex-release')).reply(RELEASED);
});

it('keeps what comes with just enough of it', async () => {
  const { adapter, environment, adopted } = world();
  const sent = await adapter.next('mutex-adopt');
  environment.stall(TTL - margin(TTL) - 500);
  await sent.reply(granted(7));
  expect(await adopted).toMatchObject({ fencingToken: 7 });
});

it('does not keep what comes behind the timeout, to a process that stood still', async () => {
  const { adapter, environment, adopted } = world({ timeout: 100 });
  const sent = await adapter.next('mutex-adopt');
  environment.stall(101);
  await sent.reply(granted());
  expect(await adopted).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NO_REPLY' });
  await (await adapter.next('mutex-release')).reply(RELEASED);
});

it('sends nothing when nobody waits any more', async () => {
  const { adapter, adopted } = world({ signal: AbortSignal.abort('gone') });
  expect(await adopted).toBe('gone');
  expect(adapter.count).toBe(0);
});

describe('on several servers, of which one may have what the majority has not', () => {
  it.each([
    [true, false, 0],
    [false, false, 0],
    [true, true, 0],
    [false, true, 1],
  ])('queues: %s, without an answer before: %s: releases %i times', async (queues, unknown, releases) => {
    const { adapter, engine, environment, adopted } = world();
    Object.assign(engine, { queues });
    const first = await adapter.next('mutex-adopt');
    await first.fail(unknown ? RESET : new Error('LOADING'));
    await (await adapter.nextWithin(200, environment, 'mutex-adopt')).reply(NOT_OURS);
    expect(await adopted).toMatchObject({ code: 'LOCK_LOST' });
    await environment.pass(0);
    expect(adapter.unseen.map(({ name }) => name)).toEqual(Array(releases).fill('mutex-release'));
  });
});
