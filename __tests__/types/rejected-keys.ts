import { WithLock } from 'latchkey';

class Person {
  phoneNumber = '010';
}
class Member extends Person {
  id = 1;
  declare nickname?: string;
}

/** Key functions that do not fit the method. */
export class Rejected {
  prefix = 'member:';

  // @ts-expect-error the key function takes a string, the method a Member
  @WithLock((p: string) => p)
  async m1(p: Member): Promise<void> {}

  // @ts-expect-error the key function wants more parameters than the method has
  @WithLock((p: Member, amount: number) => p.phoneNumber + String(amount))
  async m2(p: Member): Promise<void> {}

  // @ts-expect-error the key function wants a parameter of a method that has none
  @WithLock((p: Member) => p.phoneNumber)
  async m3(): Promise<void> {}

  // @ts-expect-error the second parameter is of another type
  @WithLock((p: Member, amount: string) => p.phoneNumber + amount)
  async m4(p: Member, amount: number): Promise<void> {}

  // @ts-expect-error the parameters come in another order
  @WithLock((amount: number, p: Member) => p.phoneNumber + String(amount))
  async m5(p: Member, amount: number): Promise<void> {}

  // @ts-expect-error the method takes any Person, the key function only a Member
  @WithLock((p: Member) => p.phoneNumber)
  async m6(p: Person): Promise<void> {}

  // @ts-expect-error the method takes Members and strings, the key function only Members
  @WithLock((p: Member) => p.phoneNumber)
  async m7(p: Member | string): Promise<void> {}

  // @ts-expect-error the argument may be left out, and the key function needs it
  @WithLock((p: Member) => p.phoneNumber)
  async m8(p?: Member): Promise<void> {}

  // @ts-expect-error the argument may be left out, and the key function does not look
  @WithLock((p) => p.phoneNumber)
  async m9(p?: Member): Promise<void> {}

  // @ts-expect-error the argument may be left out because it has a default
  @WithLock((p: string) => p)
  async m10(p = 'nobody'): Promise<string> {
    return p;
  }

  // @ts-expect-error the rest parameters are of another type
  @WithLock((p: Member, ...amounts: number[]) => p.phoneNumber + amounts.join())
  async m11(p: Member, ...names: string[]): Promise<void> {}

  // @ts-expect-error a parameter where the key function has rest parameters of another type
  @WithLock((p: Member, ...amounts: number[]) => p.phoneNumber + amounts.join())
  async m12(p: Member, name: string): Promise<void> {}

  // @ts-expect-error a Member has no such property
  @WithLock((p) => p.address)
  async m13(p: Member): Promise<void> {}

  // @ts-expect-error the inferred second parameter is a number
  @WithLock((_p, amount) => amount.toUpperCase())
  async m14(p: Member, amount: number): Promise<void> {}

  // @ts-expect-error the key function wants this of another class
  @WithLock(function (this: { balance: number }) {
    return this.balance;
  })
  async m15(): Promise<void> {}

  @WithLock(function () {
    // @ts-expect-error this has no such property
    return this.balance;
  })
  async m16(): Promise<void> {}

  // @ts-expect-error a static method's this is the class
  @WithLock(function (this: Rejected) {
    return this.prefix;
  })
  static async m17(): Promise<void> {}
}

/** What is no key. */
export class NoKeys {
  // @ts-expect-error an object is no key
  @WithLock((p: Member) => p)
  async m18(p: Member): Promise<void> {}

  // @ts-expect-error one of the list is no key
  @WithLock((p: Member) => [p.phoneNumber, p.nickname])
  async m19(p: Member): Promise<void> {}

  // @ts-expect-error undefined is no key
  @WithLock((p: Member) => p.nickname)
  async m20(p: Member): Promise<void> {}

  // @ts-expect-error null is no key
  @WithLock(() => null)
  async m21(): Promise<void> {}

  // @ts-expect-error the key function returns nothing
  @WithLock(() => {})
  async m22(): Promise<void> {}

  // @ts-expect-error a boolean is no key
  @WithLock((p: Member) => p.id > 0)
  async m23(p: Member): Promise<void> {}

  // @ts-expect-error a symbol is no key
  @WithLock(() => Symbol('k'))
  async m24(): Promise<void> {}

  // @ts-expect-error a key function can not be async
  @WithLock(async (p: Member) => p.phoneNumber)
  async m25(p: Member): Promise<void> {}

  // @ts-expect-error a list of lists is no fixed key
  @WithLock(['a', ['b']])
  async m26(): Promise<void> {}

  // @ts-expect-error a set is no list
  @WithLock((p: Member) => new Set([p.phoneNumber]))
  async m30(p: Member): Promise<void> {}

  // @ts-expect-error a key function can not be async, for a list neither
  @WithLock(async (p: Member) => [p.phoneNumber])
  async m31(p: Member): Promise<void> {}

  // @ts-expect-error the key function of a list takes a string, the method a Member
  @WithLock((p: string) => [p, 'b'])
  async m32(p: Member): Promise<void> {}

  // @ts-expect-error undefined is no fixed key
  @WithLock(undefined)
  async m27(): Promise<void> {}

  // @ts-expect-error a date is no fixed key
  @WithLock(new Date())
  async m28(): Promise<void> {}

  // @ts-expect-error there is a key or there is no lock
  @WithLock()
  async m29(): Promise<void> {}
}
