import latchkey = require('latchkey');

const { memory, createLocker, WithLock } = latchkey;

/** A consumer of the CommonJS declarations. */
class Service {
  locker = createLocker(memory());

  @WithLock((account) => account.toUpperCase(), { locker: (self) => self.locker, timeout: 10 })
  async charge(account: string): Promise<string> {
    return account;
  }

  // @ts-expect-error the key function takes a number, the method a string
  @WithLock((account: number) => account)
  async misfit(account: string): Promise<string> {
    return account;
  }
}

export = Service;
