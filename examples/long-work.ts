/** How do I stop work whose lock was lost? Hand on the signal, and look before every step that can not be undone. */
import { createLocker, isLockError, memory } from 'latchkey';
import { setTimeout as sleep } from 'node:timers/promises';

const locker = createLocker(memory());

async function payOut(customers: readonly string[]): Promise<void> {
  await locker.withLock(
    'payout',
    async (lock) => {
      for (const customer of customers) {
        // Inquiries are given up as soon as the lock is lost.
        await sleep(20, undefined, { signal: lock.signal });
        // At least so long must the lock last for the payment itself.
        lock.assertHeld(50);
        console.log(`paid ${customer}, fence ${lock.fencingToken > 0 ? 'sent along' : 'missing'}`);
      }
    },
    // Extended until the work is done, but for 100 ms at the longest: then something is wrong with it.
    { ttl: 300, maxHold: 100 },
  );
}

await payOut(['ada', 'grace']);
try {
  await payOut(Array.from({ length: 1_000 }, (_, i) => `customer ${i}`));
} catch (error) {
  if (!isLockError(error) && (error as Error).name !== 'AbortError') throw error;
  console.log(`stopped: ${(error as Error).name}`);
}

await locker.close();
