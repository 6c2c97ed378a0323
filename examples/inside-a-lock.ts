/** How does code deep inside a locked method reach the lock, and what happens when it asks for the same lock again? */
import { createLocker, currentLock, isLockError, memory, setDefaultLocker, WithLock } from 'latchkey';

const locker = createLocker(memory());
setDefaultLocker(locker);

/** Knows nothing of who calls it: the lock is found through the async context. */
async function write(account: string, amount: number): Promise<void> {
  const lock = currentLock();
  lock?.assertHeld();
  console.log(`${account}: ${amount}, ${lock === undefined ? 'without a fence' : 'with a fence'}`);
}

class Bank {
  @WithLock((account: string) => account)
  async deposit(account: string, amount: number): Promise<void> {
    await write(account, amount);
  }

  /** Holds the lock, and calls a method that asks for it: that one goes in, under the same lock. */
  @WithLock((account: string) => account)
  async depositTwice(account: string, amount: number): Promise<void> {
    // Both at once: they still run one after the other.
    await Promise.all([this.deposit(account, amount), this.deposit(account, amount)]);
  }

  @WithLock((from: string) => from, { name: 'Bank.move' })
  async move(from: string, to: string, amount: number): Promise<void> {
    await write(from, -amount);
    await this.deposit(to, amount);
  }
}

const bank = new Bank();
await write('ada', 1);
await bank.depositTwice('ada', 5);

// Each holds what the other one wants. Nobody waits for the timeout: one call fails at once, and the other goes on.
const moves = await Promise.allSettled([bank.move('ada', 'grace', 1), bank.move('grace', 'ada', 2)]);
for (const move of moves) {
  if (move.status === 'rejected' && isLockError(move.reason)) console.log(move.reason.message);
}

await locker.close();
