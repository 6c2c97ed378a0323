/** How do I use several lockers, or one from a container? The decorator asks the instance for it, at each call. */
import { createLocker, type Locker, memory, WithLock } from 'latchkey';

class Invoices {
  readonly locker: Locker;

  constructor(locker: Locker) {
    this.locker = locker;
  }

  @WithLock((customer: string) => `invoices:${customer}`, {
    timeout: 5_000,
    locker: (self: Invoices) => self.locker,
  })
  async bill(customer: string): Promise<string> {
    return `billed ${customer}`;
  }
}

const locker = createLocker(memory());
console.log(await new Invoices(locker).bill('ada'));
await locker.close();
