import { now } from '../../src/core/clock.js';
import type { Execution } from '../../src/core/executor.js';
import { Lease, margin } from '../../src/core/lease.js';
import type { AcquireRequest } from '../../src/core/request.js';
import { SECTIONS, Tenancy } from '../../src/core/tenancy.js';
import type { AcquireReply } from '../../src/kinds/kind.js';
import { KEYS, request, scriptedEngine, TOKEN, TTL } from '../support/engine.js';

const FENCE = 70;
const SITE = { key: 'k', name: 'Test.run' };
const RELEASED = [1];
const sentAt = { mono: 0, wall: 0 };

/** @param more - what the grant has that most have not */
function own({
  change,
  ...more
}: { change?: Partial<AcquireRequest>; longest?: number; quiet?: Quiet } = {}) {
  const world = scriptedEngine();
  const { engine, environment } = world;
  const asked = request(change);
  const tenure = { keys: KEYS, token: TOKEN, ttl: asked.ttl, who: 'host/1 Test.run', sections: SECTIONS };
  const lease = new Lease(environment.clock, now(environment.clock), asked.ttl);
  return {
    ...world,
    asked,
    lease,
    tenancy: new Tenancy(engine, asked, { tenure, lease, fence: FENCE, ...more }),
  };
}
type Quiet = Promise<Execution<AcquireReply>>;

it('serves as many sections as it has fencing tokens, each with the next one', () => {
  const { tenancy, asked } = own();
  for (let n = 0; n < SECTIONS; n++) {
    expect(tenancy.canServe(asked)).toBe(true);
    expect(tenancy.serve(SITE)).toBe(FENCE + n);
  }
  expect(tenancy.canServe(asked)).toBe(false);
});

it.each<[string, Partial<AcquireRequest>]>([
  ['a longer ttl', { ttl: TTL + 1 }],
  ['a shorter one', { ttl: TTL - 1 }],
  ['a lease that is extended', { extend: true }],
])('does not serve who asks for %s', (_, change) => {
  const { tenancy } = own();
  expect(tenancy.canServe(request(change))).toBe(false);
});

it('serves who asks for what is left of the lease, and not for more', () => {
  const { tenancy, environment, lease } = own();
  environment.stall(300);
  const left = TTL - margin(TTL) - 300;
  expect(lease.remaining).toBe(left);
  expect(tenancy.canServe(request({ minValidity: left }))).toBe(true);
  expect(tenancy.canServe(request({ minValidity: left + 1 }))).toBe(false);
});

it('does not serve anybody for longer than a ttl, however long its lease is', async () => {
  const { tenancy, environment, adapter, asked } = own();
  const extension = tenancy.extend(TTL);
  environment.stall(TTL / 2);
  await (await adapter.next('mutex-extend')).reply(RELEASED);
  await extension;
  const again = tenancy.extend(TTL);
  environment.stall(TTL / 4);
  await (await adapter.next('mutex-extend')).reply(RELEASED);
  await again;
  expect(tenancy.canServe({ ...asked, minValidity: 1 })).toBe(true);
  const last = tenancy.extend(TTL);
  await (await adapter.next('mutex-extend')).reply(RELEASED);
  await last;
  environment.stall(TTL / 4);
  expect(tenancy.lease.remaining).toBeGreaterThan(1);
  expect(tenancy.canServe({ ...asked, minValidity: 1 })).toBe(false);
});

it('serves nobody any more when it was extended for longer than it was asked for, and may when it was not', async () => {
  const { tenancy, adapter, asked } = own();
  const shorter = tenancy.extend(TTL / 2);
  await (await adapter.next('mutex-extend')).reply(RELEASED);
  await shorter;
  expect(tenancy.canServe(asked)).toBe(true);
  const longer = tenancy.extend(2 * TTL);
  await (await adapter.next('mutex-extend')).reply(RELEASED);
  await longer;
  expect(tenancy.canServe(asked)).toBe(false);
  // Who asks for that gets a lease of its own: the next extension of this one would be for less.
  expect(tenancy.canServe({ ...asked, ttl: 2 * TTL })).toBe(false);
});

it('serves nobody when an earlier attempt asked for a longer ttl, which the key may have', () => {
  const { tenancy, asked } = own({ longest: 2 * TTL });
  expect(tenancy.canServe(asked)).toBe(false);
  const { tenancy: other } = own({ longest: TTL / 2 });
  expect(other.canServe(asked)).toBe(true);
});

it('takes back for as long as the key may last', async () => {
  const { tenancy, environment, adapter } = own({ longest: 3 * TTL });
  void tenancy.release(SITE);
  await (await adapter.next('mutex-release')).fail(new Error('LOADING dataset'));
  for (let left = 2 * TTL; left > 0; left -= 100) {
    await environment.pass(100);
    for (const sent of adapter.unseen.splice(0)) await sent.fail(new Error('LOADING dataset'));
  }
  const sent = adapter.count;
  await environment.pass(TTL);
  expect(adapter.count).toBeGreaterThan(sent);
});

describe('when an attempt is still under way', () => {
  const outcomes: [string, Execution<AcquireReply>, boolean][] = [
    ['finds the lock with its new owner', busy(), true],
    ['has got it, which the new owner has again', granted(), false],
    ['fails', failed(), false],
  ];

  it.each(outcomes)(
    'and %s, what it has left is taken back behind a hand-over or not',
    async (_, execution, isTaken) => {
      let settle!: (execution: Execution<AcquireReply>) => void;
      const { tenancy, environment, adapter, engine } = own({
        quiet: new Promise((resolve) => (settle = resolve)),
      });
      expect(tenancy.detach()).toBe(TOKEN);
      let finished = false;
      const closed = engine.cleanup.finish().then(() => (finished = true));
      await environment.pass(1);
      expect([adapter.count, finished]).toEqual([0, false]);
      settle(execution);
      await environment.pass(1);
      expect(adapter.count).toBe(isTaken ? 1 : 0);
      if (isTaken) await (await adapter.next('mutex-release')).reply(RELEASED);
      await closed;
    },
  );

  it('a release is repeated behind it', async () => {
    let settle!: (execution: Execution<AcquireReply>) => void;
    const { tenancy, environment, adapter } = own({ quiet: new Promise((resolve) => (settle = resolve)) });
    const released = tenancy.release(SITE);
    await (await adapter.next('mutex-release')).reply(RELEASED);
    expect(await released).toBe('released');
    await environment.pass(10);
    expect(adapter.count).toBe(1);
    settle(granted());
    await (await adapter.next('mutex-release')).reply(RELEASED);
    expect(adapter.count).toBe(2);
  });
});

it('leaves its lock to somebody else without a word when nothing is under way', async () => {
  const { tenancy, environment, adapter, engine } = own({ change: { extend: true } });
  expect(tenancy.detach()).toBe(TOKEN);
  await engine.cleanup.finish();
  await environment.pass(2 * TTL);
  expect([adapter.count, environment.pending]).toEqual([0, []]);
});

function granted(): Execution<AcquireReply> {
  return { ok: true, sentAt, reply: { granted: true, fence: 1, at: 1 } };
}

function busy(): Execution<AcquireReply> {
  const reply = { granted: false, ttlLeft: 1, holder: undefined, heldFor: undefined, at: 1 } as const;
  return { ok: true, sentAt, reply };
}

function failed(): Execution<AcquireReply> {
  return { ok: false, failure: { reason: 'OOM', message: 'OOM', retryable: true, outcome: 'not-done' } };
}
