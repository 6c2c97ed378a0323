import { createLocker, memory, WithLock } from 'latchkey';

import { assert, type Equal } from './assert.js';

/** What legacy decorators can not be put on, or can not tell from a method. */
export class StandardOnly {
  prefix = 'a:';

  @WithLock((account: string) => account)
  async #annotated(account: string): Promise<string> {
    return account;
  }

  @WithLock(function (account) {
    assert<Equal<typeof this, StandardOnly>>();
    assert<Equal<typeof account, string>>();
    return this.prefix + account;
  })
  async #inferred(account: string): Promise<string> {
    return this.#annotated(account);
  }

  @WithLock('all', { locker: (self) => self.#locker })
  async *#pages(account: string): AsyncGenerator<string> {
    yield this.#inferred(account);
  }

  @WithLock((account) => account, { timeout: 0 })
  static async #onTheClass(account: string): Promise<string> {
    return account;
  }

  readonly #locker = createLocker(memory());

  // @ts-expect-error the key function takes a number, the method a string
  @WithLock((account: number) => account)
  async #misfit(account: string): Promise<string> {
    return account;
  }

  // @ts-expect-error a getter of an async function is no method
  @WithLock('k')
  get getter(): () => Promise<void> {
    return async () => {};
  }

  async use(): Promise<void> {
    for await (const page of this.#pages('a')) assert<Equal<typeof page, string>>();
    const text = await StandardOnly.#onTheClass('a');
    assert<Equal<typeof text, string>>();
    await this.#misfit('a');
  }
}
