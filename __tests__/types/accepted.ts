import { WithLock } from 'latchkey';

import { assert, type Equal } from './assert.js';

class Person {
  phoneNumber = '010';
}
class Member extends Person {
  id = 1;
}

export class PossumLodge {
  prefix = 'member:';

  @WithLock((p: Member) => p.phoneNumber, 3000)
  async sameParameter(p: Member): Promise<number> {
    return p.id;
  }

  @WithLock((p: Member) => p.phoneNumber)
  async moreParametersThanTheKeyFunction(p: Member, amount: number): Promise<number> {
    return p.id + amount;
  }

  @WithLock(() => 'all members')
  async keyFunctionWithoutParameters(p: Member): Promise<Member> {
    return p;
  }

  @WithLock((p: { phoneNumber: string }) => p.phoneNumber)
  async keyFunctionOfAWiderType(p: Member): Promise<string> {
    return p.phoneNumber;
  }

  @WithLock((p: any) => p.phoneNumber)
  async keyFunctionOfAny(p: Member): Promise<string> {
    return p.phoneNumber;
  }

  @WithLock((p: string | Member) => (typeof p === 'string' ? p : p.phoneNumber))
  async union(p: Member | string): Promise<unknown> {
    return p;
  }

  @WithLock((from: Member, to: Member) => [from.phoneNumber, to.id])
  async severalKeys(from: Member, to: Member): Promise<number> {
    return from.id + to.id;
  }

  @WithLock((...all) => {
    assert<Equal<typeof all, [from: Member, to: Member]>>();
    return all.map(({ phoneNumber }) => phoneNumber);
  })
  async inferredKeys(from: Member, to: Member): Promise<number> {
    return from.id + to.id;
  }

  @WithLock(['a', 7, 7n] as const, { onBusy: 'throw' })
  async fixedKeys(p: Member): Promise<number> {
    return p.id;
  }

  @WithLock((p, amount) => {
    assert<Equal<typeof p, Member>>();
    assert<Equal<typeof amount, number>>();
    return p.phoneNumber + amount.toFixed();
  })
  async inferred(p: Member, amount: number): Promise<number> {
    return p.id + amount;
  }

  @WithLock((p) => p.phoneNumber, 3000)
  async inferredWithTimeout(p: Member, amount: number): Promise<number> {
    return p.id + amount;
  }

  @WithLock(({ phoneNumber }) => phoneNumber)
  async inferredAndTakenApart({ phoneNumber }: Member): Promise<string> {
    return phoneNumber;
  }

  @WithLock(function (p) {
    assert<Equal<typeof this, PossumLodge>>();
    assert<Equal<typeof p, Member>>();
    return this.prefix + p.phoneNumber;
  })
  async inferredThis(p: Member): Promise<number> {
    return p.id;
  }

  @WithLock(function (this: PossumLodge, p: Member) {
    return this.prefix + p.phoneNumber;
  })
  async annotatedThis(p: Member, amount: number): Promise<number> {
    return p.id + amount;
  }

  @WithLock(function (this: { prefix: string }) {
    return this.prefix;
  })
  async keyFunctionOfAWiderThis(): Promise<void> {}

  @WithLock((p) => p.phoneNumber)
  async explicitThis(this: PossumLodge, p: Member): Promise<string> {
    return this.prefix + p.phoneNumber;
  }

  @WithLock((p: Member) => p.id)
  async numberFromTheKeyFunction(p: Member): Promise<Member> {
    return p;
  }

  @WithLock((p: Member) => BigInt(p.id))
  async bigintFromTheKeyFunction(p: Member): Promise<Member> {
    return p;
  }

  @WithLock((p: Member) => (p.id > 0 ? p.id : p.phoneNumber))
  async severalTypesFromTheKeyFunction(p: Member): Promise<Member> {
    return p;
  }

  @WithLock('members')
  async fixedString(p: Member): Promise<Member> {
    return p;
  }

  @WithLock(7, 0)
  async fixedNumber(): Promise<void> {}

  @WithLock(7n, Infinity)
  async fixedBigint(...ids: string[]): Promise<number> {
    return ids.length;
  }

  @WithLock((...ids: string[]) => ids.join())
  async rest(...ids: string[]): Promise<number> {
    return ids.length;
  }

  @WithLock((...ids) => {
    assert<Equal<typeof ids, string[]>>();
    return ids.join();
  })
  async inferredRest(...ids: string[]): Promise<number> {
    return ids.length;
  }

  @WithLock((p: Person, ...amounts: number[]) => p.phoneNumber + amounts.join())
  async restBehindParameter(p: Member, ...amounts: number[]): Promise<void> {}

  @WithLock((p: Person, ...amounts: number[]) => p.phoneNumber + amounts.join())
  async parameterUnderRest(p: Member, amount: number): Promise<void> {}

  // As with any callback, TypeScript does not ask whether there is a first one.
  @WithLock((first: string) => first)
  async parameterOverRest(...ids: string[]): Promise<void> {}

  @WithLock((p?: Member) => p?.phoneNumber ?? 'nobody')
  async optional(p?: Member): Promise<void> {}

  @WithLock((p) => {
    assert<Equal<typeof p, Member | undefined>>();
    return p?.phoneNumber ?? 'nobody';
  })
  async inferredOptional(p?: Member): Promise<void> {}

  // The key function runs before defaults are put in place.
  @WithLock((p) => {
    assert<Equal<typeof p, string | undefined>>();
    return p ?? 'nobody';
  })
  async withDefault(p = 'nobody'): Promise<string> {
    return p;
  }

  @WithLock((p?: Member) => p?.phoneNumber ?? 'nobody')
  async optionalInTheKeyFunctionOnly(p: Member): Promise<void> {}

  async overloaded(p: string): Promise<string>;
  @WithLock((p: string) => p)
  async overloaded(p: string, amount?: number): Promise<string> {
    return p + String(amount);
  }

  @WithLock((p: Member) => p.phoneNumber)
  returnsAPromise(p: Member): Promise<number> {
    return Promise.resolve(p.id);
  }

  @WithLock((p: Member) => p.phoneNumber)
  private async hidden(p: Member): Promise<number> {
    return p.id;
  }

  @WithLock((p: Member) => p.phoneNumber)
  protected async inherited(p: Member): Promise<number> {
    return (await this.hidden(p)) + 1;
  }

  @WithLock((p: Member) => p.phoneNumber)
  static async onTheClass(p: Member): Promise<number> {
    return p.id;
  }

  @WithLock((p) => {
    assert<Equal<typeof p, Member>>();
    return p.phoneNumber;
  })
  static async inferredOnTheClass(p: Member): Promise<number> {
    return p.id;
  }

  @WithLock((p: string) => p)
  async [Symbol.for('named by a symbol')](p: string): Promise<string> {
    return p;
  }

  @WithLock('outer')
  @WithLock((p) => p.phoneNumber)
  async twoLocks(p: Member): Promise<Member> {
    return p;
  }
}

declare const lodge: PossumLodge;
assert<Equal<PossumLodge['sameParameter'], (p: Member) => Promise<number>>>();
assert<
  Equal<PossumLodge['moreParametersThanTheKeyFunction'], (p: Member, amount: number) => Promise<number>>
>();
assert<Equal<PossumLodge['inferred'], (p: Member, amount: number) => Promise<number>>>();
assert<Equal<PossumLodge['withDefault'], (p?: string) => Promise<string>>>();
assert<Equal<PossumLodge['overloaded'], (p: string) => Promise<string>>>();
assert<Equal<PossumLodge['explicitThis'], (this: PossumLodge, p: Member) => Promise<string>>>();
assert<Equal<(typeof PossumLodge)['onTheClass'], (p: Member) => Promise<number>>>();
// @ts-expect-error a decorated method checks its arguments as before
void lodge.sameParameter('010');
