import { margin } from '../../src/core/lease.js';
import type { AcquireRequest } from '../../src/core/request.js';
import type { LockBackendError } from '../../src/errors.js';
import { rejection } from '../support/deferred.js';
import { scriptedEngine, TOKEN, TTL } from '../support/engine.js';
import { busy, GRANTED, NOT_OURS, RELEASED } from '../support/scripted-adapter.js';

describe('a Redis that does not answer', () => {
  it('is asked again after the command timeout; the grant found then is ours', async () => {
    const { acquire, adapter, environment, told } = scriptedEngine();
    const granted = acquire();
    await adapter.next('mutex-acquire');
    const second = await adapter.nextWithin(250 + 100 + 1, environment, 'mutex-acquire');
    expect(second.args[0]).toBe(TOKEN);
    environment.stall(10);
    await second.reply(GRANTED);
    const { lease } = await granted;
    // The command was sent within the last step of 1 ms.
    expect(Math.abs(lease.remaining - (TTL - margin(TTL) - 10))).toBeLessThanOrEqual(1);
    expect(told[0]).toEqual([
      'failure',
      expect.objectContaining({ operation: 'acquire', reason: 'NO_REPLY' }),
    ]);
  });

  it('is no timeout but a backend error, which says until when the outcome is unknown', async () => {
    const { acquire, engine, adapter, environment } = scriptedEngine();
    const startedAt = environment.wall;
    const error = rejection(acquire({ timeout: 200 }));
    const sent = await adapter.next('mutex-acquire');
    await environment.pass(200);
    expect(await error).toMatchObject({
      code: 'LOCK_BACKEND',
      reason: 'NO_REPLY',
      ownership: 'unknown',
      unknownUntil: startedAt + 200 + TTL,
      waited: 200,
    });
    await sent.fail(new Error('Socket closed unexpectedly'));
    await (await adapter.next('mutex-release')).reply(NOT_OURS);
    await engine.cleanup.finish();
    expect(environment.pending).toEqual([]);
  });

  it('is cleaned up after until it confirms, at most for the ttl', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const error = rejection(acquire({ timeout: 200 }));
    await environment.pass(200);
    await error;
    for (let elapsed = 0; elapsed < 3 * TTL; elapsed += 50) {
      await environment.pass(50);
      while (adapter.unseen.length > 0) await adapter.unseen.shift()?.fail(new Error('connect ECONNREFUSED'));
    }
    expect(adapter.count).toBeGreaterThan(4);
    expect(adapter.count).toBeLessThan(20);
    const { count } = adapter;
    await environment.pass(TTL);
    expect(adapter.count).toBe(count);
    expect(environment.pending).toEqual([]);
  });

  it('fails at once with timeout 0 when the connection does', async () => {
    const { acquire, adapter } = scriptedEngine();
    const error = rejection(acquire({ timeout: 0 }));
    await (
      await adapter.next('mutex-acquire')
    ).fail(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
    expect(await error).toMatchObject({ reason: 'ECONNRESET', retryable: true, ownership: 'unknown' });
  });
});

describe('a Redis that refuses', () => {
  it('for good ends the wait at once, and nothing was held', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const error = rejection(acquire());
    await (
      await adapter.next('mutex-acquire')
    ).fail(new Error("NOPERM this user has no permissions to run 'set'"));
    const refusal = (await error) as LockBackendError;
    expect(refusal).toMatchObject({ reason: 'NOPERM', retryable: false, ownership: 'never-held' });
    expect(refusal.unknownUntil).toBeUndefined();
    expect(adapter.count).toBe(1);
    expect(environment.pending).toEqual([]);
  });

  it('for a while is asked again, and named when the timeout passes', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const error = rejection(acquire({ timeout: 1_000 }));
    for (let left = 1_000; left > 0; left--) {
      await environment.pass(1);
      while (adapter.unseen.length > 0) {
        await adapter.unseen.shift()?.fail(new Error('LOADING Redis is loading the dataset in memory'));
      }
    }
    expect(await error).toMatchObject({
      reason: 'LOADING',
      retryable: true,
      waited: 1_000,
      ownership: 'never-held',
    });
    expect(adapter.count).toBeGreaterThan(2);
  });

  it('for a while is asked again soon at first, however long the lock had been taken before', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    environment.dice = 0.999;
    void acquire();
    for (let looks = 0; looks < 5; looks++) {
      await (await adapter.nextWithin(251, environment, 'mutex-acquire')).reply(busy());
    }
    await (await adapter.nextWithin(251, environment, 'mutex-acquire')).fail(new Error('LOADING'));
    await (await adapter.nextWithin(101, environment, 'mutex-acquire')).reply(GRANTED);
  });

  it('with a reply that no script gives is never a grant, and is cleaned up after', async () => {
    const { acquire, adapter } = scriptedEngine();
    const error = rejection(acquire());
    await (await adapter.next('mutex-acquire')).reply('OK');
    await (await adapter.next('mutex-release')).reply(NOT_OURS);
    expect(await error).toMatchObject({ reason: 'UNEXPECTED_REPLY', retryable: false });
  });
});

describe('a grant that comes late', () => {
  /** An acquire whose first grant has 490 of the 500 ms left that it needs. */
  const late = async (change: Partial<AcquireRequest> = {}) => {
    const world = scriptedEngine();
    const granted = world.acquire({ commandTimeout: 900, ...change });
    const slow = await world.adapter.next('mutex-acquire');
    world.environment.stall(TTL - margin(TTL) - 490);
    await slow.reply(GRANTED);
    const giveBack = await world.adapter.next('mutex-release');
    return { ...world, granted, slow, giveBack };
  };

  it('with less than minValidity left is given back and tried again', async () => {
    const { adapter, environment, granted, giveBack } = await late();
    await giveBack.reply(RELEASED);
    await (await adapter.nextWithin(1_000, environment, 'mutex-acquire')).reply(GRANTED);
    expect((await granted).lease.remaining).toBeGreaterThanOrEqual(500);
  });

  it('is tried again with another token, so that the give-back never takes the next grant away', async () => {
    const { engine, adapter, environment, granted, slow, giveBack } = await late();
    const next = await adapter.nextWithin(1_000, environment, 'mutex-acquire');
    expect(next.args[0]).not.toBe(slow.args[0]);
    await next.reply(GRANTED);
    void (await granted).release();
    const release = await adapter.next('mutex-release');
    expect(release.args[0]).toBe(next.args[0]);
    await release.reply(RELEASED);
    // The give-back goes on, and stays with the token that it is about.
    await giveBack.fail(new Error('Socket closed unexpectedly'));
    const again = await adapter.nextWithin(101, environment, 'mutex-release');
    expect(again.args[0]).toBe(slow.args[0]);
    await again.reply(NOT_OURS);
    await engine.cleanup.finish();
  });

  it('keeps nobody waiting for the reply to its give-back', async () => {
    const { environment, granted } = await late({ timeout: 700 });
    const error = rejection(granted);
    await environment.pass(700);
    expect(await error).toMatchObject({ code: 'LOCK_BACKEND', ownership: 'unknown' });
  });

  it('leaves nothing unknown when its give-back was confirmed', async () => {
    const { adapter, environment, granted, giveBack } = await late();
    const error = rejection(granted);
    await giveBack.reply(RELEASED);
    await (await adapter.nextWithin(1_000, environment, 'mutex-acquire')).fail(new Error('NOPERM no'));
    expect(await error).toMatchObject({ reason: 'NOPERM', ownership: 'never-held', unknownUntil: undefined });
  });

  it('every time is a backend error that says so, and whether anything may be left', async () => {
    const first = await late({ timeout: 0 });
    expect(await rejection(first.granted)).toMatchObject({
      reason: 'TOO_SLOW',
      retryable: true,
      ownership: 'unknown',
      unknownUntil: first.environment.wall + TTL,
    });
    const second = await late({ timeout: 800 });
    const error = rejection(second.granted);
    await second.giveBack.reply(RELEASED);
    await second.environment.pass(800);
    expect(await error).toMatchObject({ reason: 'TOO_SLOW', waited: expect.any(Number) });
  });
});

describe('a caller with timeout 0', () => {
  it.each([
    ['that was granted is given back', GRANTED, true],
    ['that was busy leaves nothing to give back', busy(), false],
  ])('that stops waiting gets its reason at once; an attempt %s', async (_, reply, back) => {
    const { acquire, adapter, engine } = scriptedEngine();
    const abort = new AbortController();
    const error = rejection(acquire({ timeout: 0, signal: abort.signal }));
    const sent = await adapter.next('mutex-acquire');
    abort.abort('gone');
    expect(await error).toBe('gone');
    await sent.reply(reply);
    if (back) {
      const release = await adapter.next('mutex-release');
      expect(release.args[0]).toBe(sent.args[0]);
      await release.reply(RELEASED);
    }
    await engine.cleanup.finish();
    expect(adapter.unseen).toEqual([]);
  });

  it('gets one answer when a listener stops its wait in the moment of a failure', async () => {
    const { acquire, adapter, engine, told } = scriptedEngine();
    const abort = new AbortController();
    engine.events.on('failure', () => abort.abort('gone'));
    const error = rejection(acquire({ timeout: 0, signal: abort.signal }));
    await (await adapter.next('mutex-acquire')).fail(new Error('LOADING'));
    expect(await error).toBe('gone');
    expect(told.map(([name]) => name)).toEqual(['failure', 'refused']);
  });

  it('takes no place in the queue', async () => {
    const { acquire, adapter } = scriptedEngine();
    adapter.hears = true;
    void acquire();
    await (await adapter.next('mutex-acquire')).reply(busy());
    expect((await adapter.next('mutex-acquire')).args[4]).not.toBe('');
    const error = rejection(acquire({ timeout: 0 }));
    const sent = await adapter.next('mutex-acquire');
    expect(sent.args.slice(3)).toEqual(['1', '']);
    await sent.reply(busy());
    expect(await error).toMatchObject({ code: 'LOCK_TIMEOUT' });
  });
});

describe('what may be left behind', () => {
  it('by an earlier attempt is taken back also when the last one found the lock taken', async () => {
    const { acquire, engine, adapter, environment } = scriptedEngine();
    const abort = new AbortController();
    const error = rejection(acquire({ signal: abort.signal }));
    await (await adapter.next('mutex-acquire')).fail(new Error('Socket closed unexpectedly'));
    const second = await adapter.nextWithin(101, environment, 'mutex-acquire');
    abort.abort('gone');
    expect(await error).toBe('gone');
    await second.reply(busy());
    await (await adapter.next('mutex-release')).reply(NOT_OURS);
    await engine.cleanup.finish();
  });

  it('is asked for ever more slowly while Redis fails', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    environment.dice = 0.999;
    void acquire({ timeout: 60_000 }).catch(() => undefined);
    const delays: number[] = [];
    for (let attempt = 0; attempt < 6; attempt++) {
      const before = environment.mono;
      const sent = await adapter.nextWithin(1_001, environment, 'mutex-acquire');
      delays.push(environment.mono - before);
      await sent.fail(new Error('LOADING'));
    }
    expect(delays.slice(1)).toEqual([100, 200, 400, 800, 1_000]);
  });
});
