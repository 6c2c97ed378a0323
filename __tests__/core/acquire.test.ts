import { getEventListeners } from 'node:events';

import { margin } from '../../src/core/lease.js';
import { LockClosedError, LockTimeoutError } from '../../src/errors.js';
import { rejection } from '../support/deferred.js';
import { KEYS, scriptedEngine, TOKEN, TTL } from '../support/engine.js';
import { busy, GRANTED, RELEASED } from '../support/scripted-adapter.js';

describe('a free lock', () => {
  it('is granted by one command with key, token, ttl and who', async () => {
    const { acquire, adapter } = scriptedEngine();
    const granted = acquire();
    const sent = await adapter.next('mutex-acquire');
    expect(sent).toMatchObject({
      keys: [KEYS.lock, KEYS.fence, KEYS.queue, KEYS.waiters],
      args: [TOKEN, '1000', 'host/1 Test.run', '11', ''],
    });
    await sent.reply(GRANTED);
    expect((await granted).waited).toBe(0);
    expect(adapter.count).toBe(1);
  });

  it('counts the lease from before the command was sent, not from its reply', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const granted = acquire();
    const sent = await adapter.next('mutex-acquire');
    environment.stall(200);
    await sent.reply(GRANTED);
    expect((await granted).lease.remaining).toBe(TTL - margin(TTL) - 200);
  });

  it('leaves no timer behind', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const granted = acquire();
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    const grant = await granted;
    // But for the one that watches its lease, which is no reason for the process to stay alive.
    expect([environment.pending.length, environment.pendingInForeground]).toEqual([1, 0]);
    void grant.release();
    expect(environment.pending).toEqual([250]);
  });
});

describe('a lock that somebody else has', () => {
  it('is asked for again after a pause, with the same token, until it is granted', async () => {
    const { acquire, adapter, environment, told } = scriptedEngine();
    const granted = acquire();
    await (await adapter.next('mutex-acquire')).reply(busy());
    expect(adapter.unseen).toEqual([]);
    await environment.pass(250);
    const second = await adapter.next('mutex-acquire');
    expect(second.args[0]).toBe(TOKEN);
    await second.reply(GRANTED);
    expect((await granted).waited).toBeLessThanOrEqual(250);
    expect(told).toEqual([['waiting', { key: 'k', name: 'Test.run', holder: 'other/2 there' }]]);
  });

  it('is asked for soon after its holder expires', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const granted = acquire();
    await (await adapter.next('mutex-acquire')).reply(busy(3));
    await environment.pass(3 + 1 + 20);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await granted;
  });

  it('makes the caller fail after its timeout, with key, wait and holder in the error', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const error = rejection(acquire({ timeout: 100 }));
    await (await adapter.next('mutex-acquire')).reply(busy());
    for (let left = 100; left > 0; left--) {
      await environment.pass(1);
      while (adapter.unseen.length > 0) await adapter.unseen.shift()?.reply(busy());
    }
    const timeout = (await error) as LockTimeoutError;
    expect(timeout).toBeInstanceOf(LockTimeoutError);
    expect(timeout).toMatchObject({ key: 'k', waited: 100, holder: 'other/2 there', retryable: true });
    expect(timeout.message).toBe(
      'lock "k" was not granted within its timeout of 100 ms (waited 100 ms); held by "other/2 there"',
    );
    expect(environment.pending).toEqual([]);
  });

  it('is tried a last time shortly before the timeout', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    environment.dice = 0.999;
    // Without it, the next one would be 40 ms later.
    const granted = acquire({ timeout: 50 });
    await (await adapter.next('mutex-acquire')).reply(busy());
    await environment.pass(31);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await granted;
  });

  it('is tried once with timeout 0, without a word about waiting', async () => {
    const { acquire, adapter, told, environment } = scriptedEngine();
    const error = rejection(acquire({ timeout: 0 }));
    await (await adapter.next('mutex-acquire')).reply(busy());
    expect(await error).toMatchObject({ code: 'LOCK_TIMEOUT', waited: 0 });
    expect(told.map(([name]) => name)).toEqual(['busy']);
    expect(environment.pending).toEqual([]);
    expect(adapter.count).toBe(1);
  });

  it('is waited for without end with timeout Infinity', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const granted = acquire({ timeout: Infinity });
    for (let hours = 0; hours < 3; hours++) {
      await (await adapter.next('mutex-acquire')).reply(busy());
      await environment.pass(250);
    }
    expect(environment.pending.every(Number.isFinite)).toBe(true);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await granted;
  });

  it('that a foreign program holds without expiry is said to be foreign', async () => {
    const { acquire, adapter } = scriptedEngine();
    const error = rejection(acquire({ timeout: 0 }));
    await (await adapter.next('mutex-acquire')).reply(busy(-1, ''));
    expect(await error).toMatchObject({
      holder: undefined,
      message: 'lock "k" is taken (timeout 0: tried once); held by a value that latchkey did not write',
    });
  });
});

describe('a caller that stops waiting', () => {
  it.each([0, 5_000])('sends nothing when its signal is aborted already (timeout %i)', async (timeout) => {
    const { acquire, adapter } = scriptedEngine();
    const error = rejection(acquire({ signal: AbortSignal.abort('gone'), timeout }));
    expect(await error).toBe('gone');
    expect(adapter.count).toBe(0);
  });

  it('rejects with the reason at once, in a pause, and leaves nothing in Redis to take back', async () => {
    const { acquire, engine, adapter, environment } = scriptedEngine();
    const abort = new AbortController();
    const error = rejection(acquire({ signal: abort.signal }));
    await (await adapter.next('mutex-acquire')).reply(busy());
    const reason = new Error('gone');
    abort.abort(reason);
    expect(await error).toBe(reason);
    await engine.cleanup.finish();
    expect(adapter.count).toBe(1);
    expect(environment.pending).toEqual([]);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it.each([
    ['grants', GRANTED, true],
    ['says that the lock is taken', busy(), false],
  ])(
    'rejects while a command is under way; when that %s, a lock of ours is given back: %#',
    async (_, reply, back) => {
      const { acquire, engine, adapter } = scriptedEngine();
      const abort = new AbortController();
      const error = rejection(acquire({ signal: abort.signal }));
      const sent = await adapter.next('mutex-acquire');
      abort.abort('gone');
      expect(await error).toBe('gone');
      expect(adapter.unseen).toEqual([]);
      await sent.reply(reply);
      if (back) await (await adapter.next('mutex-release')).reply(RELEASED);
      await engine.cleanup.finish();
      expect(adapter.count).toBe(back ? 2 : 1);
    },
  );

  it('gives back a lock that was granted in the same turn in which it stopped waiting', async () => {
    const { acquire, adapter } = scriptedEngine();
    const abort = new AbortController();
    const error = rejection(acquire({ signal: abort.signal }));
    const sent = await adapter.next('mutex-acquire');
    const replied = sent.reply(GRANTED);
    abort.abort('gone');
    await replied;
    await (await adapter.next('mutex-release')).reply(RELEASED);
    expect(await error).toBe('gone');
  });

  it('does not get a lock that was granted while its process stood still past the timeout', async () => {
    const { acquire, adapter, environment } = scriptedEngine();
    const error = rejection(acquire({ timeout: 400 }));
    const sent = await adapter.next('mutex-acquire');
    environment.stall(401);
    await sent.reply(GRANTED);
    await (await adapter.next('mutex-release')).reply(RELEASED);
    expect(await error).toMatchObject({ name: 'LockBackendError', reason: 'NO_REPLY' });
  });

  it('is told that the locker closes', async () => {
    const { acquire, engine, adapter } = scriptedEngine();
    const error = rejection(acquire());
    await (await adapter.next('mutex-acquire')).reply(busy());
    engine.closing.begin();
    expect(await error).toBeInstanceOf(LockClosedError);
    expect(await rejection(acquire())).toBeInstanceOf(LockClosedError);
    expect(adapter.count).toBe(1);
  });
});
