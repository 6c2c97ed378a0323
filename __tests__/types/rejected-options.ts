import { createLocker, type Locker, memory, WithLock } from 'latchkey';

class Person {
  phoneNumber = '010';
}
class Member extends Person {
  id = 1;
}

/** Second arguments that say nothing sensible. */
export class Options {
  // @ts-expect-error a timeout is a number of ms
  @WithLock('k', '5s')
  async m1(): Promise<void> {}

  // @ts-expect-error a bigint is no timeout
  @WithLock('k', 5n)
  async m2(): Promise<void> {}

  // @ts-expect-error null is no options object
  @WithLock('k', null)
  async m3(): Promise<void> {}

  // @ts-expect-error there is no third argument
  @WithLock('k', 1000, { ttl: 1000 })
  async m4(): Promise<void> {}

  // @ts-expect-error there is no such option
  @WithLock('k', { timeOut: 1000 })
  async m5(): Promise<void> {}

  // @ts-expect-error there is no such option beside one that exists
  @WithLock('k', { ttl: 1000, retries: 3 })
  async m6(): Promise<void> {}

  // @ts-expect-error a lock tells what happens to it through the locker's events, not through options
  @WithLock('k', { onReleased: () => {} })
  async m7(): Promise<void> {}

  // @ts-expect-error a timeout in the options is a number, too
  @WithLock('k', { timeout: '1000' })
  async m8(): Promise<void> {}

  // @ts-expect-error a ttl is a number of ms
  @WithLock('k', { ttl: new Date() })
  async m9(): Promise<void> {}

  // @ts-expect-error a name is a text
  @WithLock('k', { name: 7 })
  async m10(): Promise<void> {}

  // @ts-expect-error the controller is not the signal
  @WithLock('k', { signal: new AbortController() })
  async m11(): Promise<void> {}

  // @ts-expect-error the signal function returns something else
  @WithLock('k', { signal: (p: Member) => p.phoneNumber })
  async m12(p: Member): Promise<void> {}

  // @ts-expect-error the signal function takes a string, the method a Member
  @WithLock('k', { signal: (p: string) => AbortSignal.timeout(p.length) })
  async m13(p: Member): Promise<void> {}

  // @ts-expect-error the signal function wants more parameters than the method has
  @WithLock((p) => p.phoneNumber, { signal: (_p: Member, signal: AbortSignal) => signal })
  async m14(p: Member): Promise<void> {}

  // @ts-expect-error a Member has no signal
  @WithLock((p) => p.phoneNumber, { signal: (p) => p.signal })
  async m15(p: Member): Promise<void> {}

  // @ts-expect-error an adapter is no locker
  @WithLock('k', { locker: memory() })
  async m16(): Promise<void> {}

  // @ts-expect-error the instance has no locker
  @WithLock('k', { locker: (self) => self.locker })
  async m17(): Promise<void> {}

  // @ts-expect-error the locker function returns something else
  @WithLock('k', { locker: () => memory() })
  async m18(): Promise<void> {}

  // @ts-expect-error a locker that is still being made is none
  @WithLock('k', { locker: async () => createLocker(memory()) })
  async m19(): Promise<void> {}

  // @ts-expect-error the locker function wants an instance of another class
  @WithLock('k', { locker: (self: { pool: Locker }) => self.pool })
  async m20(): Promise<void> {}
}
