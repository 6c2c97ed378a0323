/** What if somebody else is at it already? Wait, fail, leave it out, or do something else instead. */
import { createLocker, isLockError, memory, setDefaultLocker, WithLock } from 'latchkey';
import { setTimeout as sleep } from 'node:timers/promises';

const locker = createLocker(memory());
setDefaultLocker(locker);

class Reports {
  #last = 'yesterday’s report';

  /** Every replica's timer calls this, and one replica does it. The result says that it may be left out. */
  @WithLock('nightly', { onBusy: 'skip' })
  async nightly(): Promise<string | undefined> {
    await sleep(50);
    return (this.#last = 'today’s report');
  }

  /** Who comes while it is made gets the last one. */
  @WithLock('nightly', {
    onBusy(this: Reports) {
      return this.#last;
    },
  })
  async fresh(): Promise<string> {
    return `fresh: ${this.#last}`;
  }

  /** Waits for a moment first. */
  @WithLock('nightly', { onBusy: 'throw', timeout: 10 })
  async now(): Promise<void> {
    await sleep(1);
  }
}

const reports = new Reports();
const first = reports.nightly();
console.log('second call:', await reports.nightly());
console.log('instead:', await reports.fresh());
try {
  await reports.now();
} catch (error) {
  if (!isLockError(error)) throw error;
  console.log(`${error.code}: ${error.message}`);
}
console.log('first call:', await first);

await locker.close();
