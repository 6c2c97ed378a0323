import { type Locker, WithLock } from 'latchkey';

import { assert, type Equal } from './assert.js';

interface Payment {
  account: string;
  signal?: AbortSignal;
}

declare const locker: Locker;
declare const signal: AbortSignal;

/** What the second argument of `@WithLock` knows about the method, without an annotation. */
export class Payments {
  locker = locker;
  stopped = signal;
  readonly accounts = ['a'];

  @WithLock((p: Payment) => p.account, {})
  async noOption(p: Payment): Promise<void> {}

  @WithLock((p) => p.account, { timeout: 3000, ttl: 5000, name: 'pay', signal, locker })
  async everyOption(p: Payment): Promise<void> {}

  @WithLock((p) => p.account, { timeout: undefined, ttl: undefined, signal: undefined, locker: undefined })
  async undefinedOptions(p: Payment): Promise<void> {}

  @WithLock((p: Payment) => p.account, { signal: (p: Payment) => p.signal })
  async annotatedSignal(p: Payment): Promise<void> {}

  @WithLock((p: Payment) => p.account, { signal: (p) => p.signal })
  async signalOfAnAnnotatedKey(p: Payment, amount: number): Promise<void> {}

  @WithLock((p) => p.account, {
    signal: (p) => {
      assert<Equal<typeof p, Payment>>();
      return p.signal;
    },
  })
  async inferredSignal(p: Payment, amount: number): Promise<void> {}

  @WithLock((p: Payment) => p.account, { signal: (_p, amount) => AbortSignal.timeout(amount) })
  async signalOfALaterParameter(p: Payment, amount: number): Promise<void> {}

  @WithLock((p, amount) => `${p.account}:${amount}`, {
    signal: (p, amount) => {
      assert<Equal<typeof p, Payment>>();
      assert<Equal<typeof amount, number>>();
      return p.signal;
    },
    timeout: 0,
  })
  async everythingInferred(p: Payment, amount: number): Promise<void> {}

  @WithLock('payments', {
    signal: (p, amount) => {
      assert<Equal<typeof p, Payment>>();
      assert<Equal<typeof amount, number>>();
      return p.signal;
    },
  })
  async signalBesideAFixedKey(p: Payment, amount: number): Promise<void> {}

  @WithLock(() => 'payments', {
    signal(p) {
      assert<Equal<typeof p, Payment>>();
      assert<Equal<typeof this, Payments>>();
      return p.signal ?? this.stopped;
    },
  })
  async signalWithThis(p: Payment): Promise<void> {}

  @WithLock((p) => p.account, {
    locker: (self) => {
      assert<Equal<typeof self, Payments>>();
      return self.locker;
    },
  })
  async lockerOfTheInstance(p: Payment): Promise<void> {}

  @WithLock('payments', { locker: (self) => self.locker })
  async lockerBesideAFixedKey(): Promise<void> {}

  @WithLock((p) => p.account, { locker: (self: { locker: Locker }) => self.locker, signal: (p) => p.signal })
  async lockerOfAWiderInstance(p: Payment): Promise<void> {}

  @WithLock(
    function (p) {
      assert<Equal<typeof this, Payments>>();
      return p.account + this.accounts.join();
    },
    { locker: (self) => self.locker, signal: (p) => p.signal },
  )
  async allWithThis(p: Payment): Promise<void> {}

  @WithLock((p) => p.account, { signal: (p) => p.signal })
  async *pages(p: Payment): AsyncGenerator<number> {
    yield p.account.length;
  }

  @WithLock((account) => account, {
    locker: (self) => {
      assert<Equal<typeof self, typeof Payments>>();
      return self.shared;
    },
  })
  static async onTheClass(account: string): Promise<void> {}

  static shared = locker;
}
