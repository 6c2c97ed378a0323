/** How do I lock several things at once, such as both accounts of a transfer? */
import { createLocker, currentLock, isLockError, nodeRedis, setDefaultLocker, WithLock } from 'latchkey';
import { createClient } from 'redis';

const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' });
client.on('error', console.error);
await client.connect();
const locker = createLocker(nodeRedis(client), { ttl: 5_000 });
setDefaultLocker(locker);

class Bank {
  readonly #balances = new Map([
    ['ada', 100],
    ['grace', 100],
  ]);

  /** Holds both accounts or none, whoever pays whom at the same time: the order of the keys does not matter. */
  @WithLock((from: string, to: string) => [`account:${from}`, `account:${to}`])
  async transfer(from: string, to: string, amount: number): Promise<void> {
    await this.#add(from, -amount);
    await this.#add(to, amount);
  }

  async #add(account: string, amount: number): Promise<void> {
    const balance = this.#balances.get(account) ?? 0;
    // Each key has a fencing token of its own, for what that key guards.
    const token = currentLock()?.fencingTokens.get(`account:${account}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
    this.#balances.set(account, balance + amount);
    console.log(
      `${account}: ${balance + amount}, ${token === undefined ? 'without a token' : 'with a token'}`,
    );
  }
}

const bank = new Bank();
await Promise.all([bank.transfer('ada', 'grace', 10), bank.transfer('grace', 'ada', 20)]);

// All or none: nothing is taken while one of them is somebody else's.
const held = await locker.acquire('account:ada');
try {
  await locker.withLock(['account:grace', 'account:ada'], () => undefined, { timeout: 50 });
} catch (error) {
  if (!isLockError(error)) throw error;
  console.log(`${error.code} ${String(error.key)}`);
}
const grace = await locker.tryAcquire('account:grace');
console.log(`account:grace is ${grace === null ? 'busy' : 'free'}`);

await grace?.release();
await held.release();
await locker.close();
await client.close();
