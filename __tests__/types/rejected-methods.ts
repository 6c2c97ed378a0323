import { WithLock } from 'latchkey';

interface HasId {
  id: string;
}
class Person {
  phoneNumber = '010';
}
class Member extends Person {
  id = 1;
}

/** What can not be held under a lock. */
export class NoMethods {
  // @ts-expect-error the method returns no promise
  @WithLock((p: Member) => p.phoneNumber)
  m1(p: Member): number {
    return p.id;
  }

  // @ts-expect-error the method returns no promise, whatever the key function is
  @WithLock((p) => p.phoneNumber)
  m2(p: Member): string {
    return p.phoneNumber;
  }

  // @ts-expect-error the method returns no promise, whatever the key is
  @WithLock('k')
  m3(): void {}

  // @ts-expect-error the method returns a promise only sometimes
  @WithLock('k')
  m4(): Promise<number> | undefined {
    return undefined;
  }

  // @ts-expect-error a generator can not wait
  @WithLock((p: Member) => p.phoneNumber)
  *m5(p: Member): Generator<number> {
    yield p.id;
  }

  // @ts-expect-error something that can only be awaited is no promise
  @WithLock('k')
  m6(): PromiseLike<void> {
    return Promise.resolve();
  }

  // @ts-expect-error a field is no method, even if it is an async function
  @WithLock('k')
  m7 = async (): Promise<void> => {};

  // @ts-expect-error nor is a field when the key function takes its parameters
  @WithLock((p: Member) => p.phoneNumber)
  m8 = async (p: Member): Promise<number> => p.id;

  // @ts-expect-error a getter is no method
  @WithLock('k')
  get m9(): Promise<number> {
    return Promise.resolve(1);
  }

  // @ts-expect-error a setter is no method
  @WithLock('k')
  set m10(value: number) {}

  // @ts-expect-error an accessor is no method
  @WithLock('k')
  accessor m11 = 1;

  // @ts-expect-error WithLock has to be called
  @WithLock
  async notCalled(): Promise<void> {}

  constructor(
    // @ts-expect-error a parameter is no method
    @WithLock('k')
    readonly parameter: string,
  ) {}
}

// @ts-expect-error a class is no method
@WithLock('k')
export class Decorated {}

const byId = WithLock((p: HasId) => p.id);
const bySignal = WithLock('k', { signal: (p: { signal: AbortSignal }) => p.signal });

export class Generics<E extends HasId> {
  // @ts-expect-error E need not have a name
  @WithLock((p: { name: string }) => p.name)
  async unknownProperty(p: E): Promise<void> {}

  // @ts-expect-error T need not have an id
  @WithLock((p: HasId) => p.id)
  async unconstrained<T>(p: T): Promise<T> {
    return p;
  }

  // @ts-expect-error E need not have a name, and nobody said so
  @WithLock((p) => p.name)
  async inferred(p: E): Promise<void> {}

  // @ts-expect-error a decorator kept in a const checks its parameters, too
  @byId
  async keptInAConst(p: number): Promise<void> {}

  // @ts-expect-error and those of its signal
  @bySignal
  async keptWithASignal(p: E): Promise<void> {}

  // @ts-expect-error and the method's result
  @byId
  notAsync(p: E): string {
    return p.id;
  }
}

/** The decorated function itself: nothing of its type is lost. */
export function call(generics: Generics<HasId>): void {
  // @ts-expect-error it is no decorator of plain functions: that is wrap
  WithLock('k')(async () => {});
  // @ts-expect-error nor is it a function to call with a descriptor that has another type
  byId(generics, 'x', { value: async (p: number) => p });
}
