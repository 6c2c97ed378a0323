/** How do I test what my service does when a lock is busy, lost or out of reach? With a clock and a Redis that obey the test. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { currentLock, setDefaultLocker, WithLock } from 'latchkey';
import { testWorld, type TestWorld } from 'latchkey/testing';

class Payouts {
  paid = 0;

  @WithLock('payouts', { ttl: 6_000, timeout: 5_000 })
  async pay(approval: Promise<void>): Promise<void> {
    await approval;
    currentLock()?.assertHeld();
    this.paid++;
  }
}

let world: TestWorld;

beforeEach(() => {
  world = testWorld();
  setDefaultLocker(world.locker());
});

afterEach(() => setDefaultLocker(undefined));

await test('gives up after five seconds while another program pays', async () => {
  await world.locker().acquire('payouts');
  const payouts = new Payouts();
  const refused = assert.rejects(payouts.pay(Promise.resolve()), { code: 'LOCK_TIMEOUT' });
  await world.pass(6_000);
  await refused;
  assert.equal(payouts.paid, 0);
});

await test('pays nothing when Redis was out of reach for longer than the lease', async () => {
  const payouts = new Payouts();
  let approve = (): void => undefined;
  const approval = new Promise<void>((resolve) => (approve = resolve));
  const refused = assert.rejects(payouts.pay(approval), { code: 'LOCK_LOST', reason: 'expired' });
  await world.pass(0);
  world.redis.down();
  await world.pass(7_000);
  world.redis.up();
  approve();
  await refused;
  assert.equal(payouts.paid, 0);
});

await test('pays once although the reply about its lock is late, and the one about another lock is not', async () => {
  const payouts = new Payouts();
  world.redis.delay('reply', 1_000, 1, 'payouts');
  const paid = payouts.pay(Promise.resolve());
  await world.locker().withLock('invoices', () => assert.equal(payouts.paid, 0));
  await world.pass(1_000);
  await paid;
  assert.equal(payouts.paid, 1);
  assert.equal(world.redis.holder('payouts'), undefined);
});
