/** How do I test a service that uses locks? With memory(): the same locks inside one process, without a Redis. */
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';

import { createLocker, type Locker, memory, setDefaultLocker, WithLock } from 'latchkey';

class Account {
  balance = 100;

  @WithLock('account', { timeout: 50 })
  async withdraw(amount: number): Promise<void> {
    const before = this.balance;
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.balance = before - amount;
  }
}

let locker: Locker;

beforeEach(() => {
  locker = createLocker(memory());
  setDefaultLocker(locker);
});

afterEach(async () => {
  setDefaultLocker(undefined);
  await locker.close();
});

await test('two withdrawals at once both count', async () => {
  const account = new Account();
  await Promise.all([account.withdraw(30), account.withdraw(20)]);
  assert.equal(account.balance, 50);
});

await test('a withdrawal is refused while somebody else has the account', async () => {
  await using _held = await locker.acquire('account');
  const account = new Account();
  await assert.rejects(account.withdraw(30), { code: 'LOCK_TIMEOUT' });
  assert.equal(account.balance, 100);
});
