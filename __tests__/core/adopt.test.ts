import { takeOver } from '../../src/core/acquire.js';
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
