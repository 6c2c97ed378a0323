/** One try for a lock, by a call that does not wait. */
import { margin } from '../../src/core/lease.js';
import type { AcquireRequest } from '../../src/core/request.js';
import { scriptedEngine, TOKEN, TTL } from '../support/engine.js';
import { busy, granted, GRANTED, NOT_OURS, RELEASED } from '../support/scripted-adapter.js';
import { settle } from '../support/virtual-environment.js';

const SITE = { key: 'k', name: 'Test.run' };
const RESET = Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });

/** A try that is under way, and whoever may stop it. */
async function trying(change: Partial<AcquireRequest> = {}) {
  const world = scriptedEngine();
  const abort = new AbortController();
  const tried = world.acquire({ timeout: 0, signal: abort.signal, ...change });
  const refused = tried.catch((error: unknown) => error);
  return { ...world, abort, tried, refused, sent: await world.adapter.next('mutex-acquire') };
}

describe('a lock that is granted', () => {
  it('can be extended, and is given back under the token of the try', async () => {
    const { adapter, environment, tried, sent, told } = await trying();
    await sent.reply(granted(7));
    const { lease, fencingToken, contain, extend, release } = await tried;
    expect([fencingToken, contain, lease.remaining]).toEqual([7, undefined, TTL - margin(TTL)]);
    environment.stall(100);
    const extended = extend(TTL);
    const extension = await adapter.next('mutex-extend');
    expect(extension.args.slice(0, 2)).toEqual([TOKEN, `${TTL}`]);
    await extension.reply([1]);
    expect(await extended).toBe('extended');
    expect(lease.remaining).toBe(TTL - margin(TTL));
    const released = release();
    const sentBack = await adapter.next('mutex-release');
    expect(sentBack.args[0]).toBe(TOKEN);
    await sentBack.reply(RELEASED);
    expect(await released).toBe('released');
    expect(told.map(([name]) => name)).toEqual(['extended']);
  });

  it('can be left to whoever gets its token', async () => {
    const { adapter, environment, tried, sent } = await trying({ extend: true });
    await sent.reply(GRANTED);
    expect((await tried).detach!()).toBe(TOKEN);
    await environment.pass(TTL);
    expect(adapter.unseen).toEqual([]);
  });

  it('counts when as much is left of it as was asked for', async () => {
    const { adapter, environment, tried, sent } = await trying({ commandTimeout: 900 });
    environment.stall(TTL - margin(TTL) - 500);
    await sent.reply(GRANTED);
    expect((await tried).lease.remaining).toBe(500);
    expect(adapter.unseen).toEqual([]);
  });

  it('is given back when less is left of it, and was perhaps held until then', async () => {
    const { adapter, environment, refused, sent } = await trying({ commandTimeout: 900 });
    environment.stall(TTL - margin(TTL) - 499);
    await sent.reply(GRANTED);
    expect(await refused).toMatchObject({ reason: 'TOO_SLOW', unknownUntil: environment.wall + TTL });
    await (await adapter.next('mutex-release')).reply(RELEASED);
    await settle();
    expect(adapter.unseen).toEqual([]);
  });
});

describe('a lock that is somebody else’s', () => {
  it('is not asked for when that one is of this process', async () => {
    const { acquire, adapter, environment, told } = scriptedEngine();
    const held = acquire();
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await held;
    environment.stall(30);
    const refused = acquire({ timeout: 0 }).catch((error: unknown) => error);
    expect(await refused).toMatchObject({ code: 'LOCK_TIMEOUT', holder: 'host/1 Test.run', heldFor: 30 });
    expect(told).toEqual([['busy', { ...SITE, holder: 'host/1 Test.run' }]]);
    expect(adapter.count).toBe(1);
  });

  it('refuses the try, and there is nothing to give back', async () => {
    const { adapter, engine, environment, refused, sent, told } = await trying();
    await sent.reply(busy(10_000, 'other/2 there'));
    expect(await refused).toMatchObject({ code: 'LOCK_TIMEOUT', holder: 'other/2 there' });
    await engine.cleanup.finish();
    expect(told).toEqual([['busy', { ...SITE, holder: 'other/2 there' }]]);
    expect([adapter.unseen, environment.pending]).toEqual([[], []]);
  });
});

describe('a Redis that fails', () => {
  it('and has done nothing for certain leaves nothing to give back', async () => {
    const { adapter, engine, refused, sent, told } = await trying();
    await sent.fail(new Error('LOADING it is'));
    const error = await refused;
    expect(error).toMatchObject({ reason: 'LOADING', retryable: true, ownership: 'never-held' });
    expect(told).toEqual([
      ['failure', { ...SITE, operation: 'acquire', reason: 'LOADING', message: 'LOADING it is' }],
      ['refused', { ...SITE, waited: 0, error }],
    ]);
    await engine.cleanup.finish();
    expect(adapter.unseen).toEqual([]);
  });

  it('and may have done it all the same is asked to give it back', async () => {
    const { adapter, environment, refused, sent } = await trying();
    await sent.fail(RESET);
    expect(await refused).toMatchObject({
      ...{ reason: 'ECONNRESET', ownership: 'unknown', unknownUntil: environment.wall + TTL },
    });
    const release = await adapter.next('mutex-release');
    expect(release.args[0]).toBe(TOKEN);
    await release.reply(NOT_OURS);
    await settle();
    expect([adapter.unseen, environment.pending]).toEqual([[], []]);
  });
});

describe('a caller that stops waiting', () => {
  it('gets no lock that is granted afterwards, nor is it extended', async () => {
    const { adapter, abort, environment, refused, sent, told } = await trying({ extend: true });
    abort.abort('gone');
    expect(await refused).toBe('gone');
    await sent.reply(GRANTED);
    await (await adapter.next('mutex-release')).reply(RELEASED);
    await environment.pass(2 * TTL);
    expect([adapter.unseen, environment.pending]).toEqual([[], []]);
    expect(told).toEqual([['refused', { ...SITE, waited: 0, error: 'gone' }]]);
  });

  it('hears nothing of a failure afterwards', async () => {
    const { adapter, engine, refused, sent, told } = await trying();
    engine.closing.begin();
    expect(await refused).toMatchObject({ code: 'LOCK_CLOSED' });
    await sent.fail(RESET);
    await (await adapter.next('mutex-release')).reply(NOT_OURS);
    expect(told.map(([name]) => name)).toEqual(['refused']);
  });

  it('at the news of a failure has its lock taken back once', async () => {
    const { adapter, abort, engine, environment, refused, sent } = await trying();
    engine.events.on('failure', () => abort.abort('gone'));
    await sent.fail(RESET);
    expect(await refused).toBe('gone');
    await (await adapter.next('mutex-release')).reply(NOT_OURS);
    await settle();
    expect([adapter.unseen, environment.pending]).toEqual([[], []]);
  });

  it('at its refusal leaves what is to be taken back to whoever waits for the last of it', async () => {
    const { adapter, abort, engine, sent } = await trying();
    const finished = jest.fn();
    engine.events.on('refused', () => void engine.cleanup.finish().then(finished));
    abort.abort('gone');
    await settle();
    expect(finished).not.toHaveBeenCalled();
    await sent.reply(GRANTED);
    await (await adapter.next('mutex-release')).reply(RELEASED);
    expect(finished).toHaveBeenCalledTimes(1);
  });

  it('at the news that the lock was lost sends nothing', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const abort = new AbortController();
    const held = acquire();
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    (await held).lease.onEnd(() => abort.abort('gone'));
    environment.stall(TTL);
    const refused = acquire({ timeout: 0, signal: abort.signal }).catch((error: unknown) => error);
    await settle();
    expect(adapter.unseen).toEqual([]);
    expect(await refused).toBe('gone');
  });
});
