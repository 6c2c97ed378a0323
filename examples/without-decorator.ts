/** How do I lock without a decorator? Four ways, from the one that does most for you to the one that does least. */
import { createLocker, nodeRedis } from 'latchkey';
import { createClient } from 'redis';

const client = createClient({ url: process.env['REDIS_URL'] ?? 'redis://127.0.0.1:6379' });
client.on('error', console.error);
await client.connect();
const locker = createLocker(nodeRedis(client), { ttl: 5_000 });

// 1. A piece of work under a lock. Its result is the call's result; the lock is given back whatever happens.
const total = await locker.withLock('invoice:7', async (lock) => {
  console.log(`withLock: held for ${Math.round(lock.remaining / 1000)} s more at the longest`);
  return 42;
});
console.log(`withLock: ${total}`);

// 2. A function whose every call is under a lock, keyed by its arguments: what @WithLock does for methods.
const bill = locker.wrap(
  (customer: string) => `customer:${customer}`,
  async function bill(customer: string): Promise<string> {
    return `billed ${customer}`;
  },
);
console.log(`wrap: ${await bill('ada')}`);

// 3. A lock for the rest of a block: given back at its end, also by a return or an error.
{
  await using lock = await locker.acquire('report', { timeout: 1_000 });
  console.log(`acquire: got ${lock.key}`);

  // 4. Only if it is free now. It is not, for nobody: this is not called from inside the lock's work, but beside it.
  const second = await locker.tryAcquire('report');
  console.log(`tryAcquire: ${second === null ? 'busy' : 'got it'}`);
}

const lock = await locker.tryAcquire('report');
console.log(`tryAcquire: ${lock === null ? 'busy' : 'got it'}`);
// By hand. The outcome is 'lost' when the lock had expired before, so that the work may have overlapped with another's.
console.log(`release: ${await lock?.release()}`);

await locker.close();
await client.close();
