import { type LockDecorator, WithLock } from 'latchkey';

import { assert, type Equal } from './assert.js';

interface HasId {
  id: string;
}

/** Decorators kept in a const, and used on several methods. */
const byId = WithLock((p: HasId) => p.id);
const byFirst = WithLock((...all: unknown[]) => String(all[0]), { timeout: 0 });
const oneAtATime = WithLock('one at a time');
const byIdExplicitly: LockDecorator<[p: HasId]> = WithLock((p: HasId) => p.id, 500);

/** A decorator of one's own, made from WithLock. */
function ByIdWithin(timeout: number): LockDecorator<[p: HasId]> {
  return WithLock((p: HasId) => p.id, { timeout });
}

export abstract class Repository<E extends HasId> {
  @WithLock((p: HasId) => p.id)
  async annotated(p: E): Promise<E> {
    return p;
  }

  @WithLock((p) => {
    assert<Equal<typeof p, E>>();
    return p.id;
  })
  async inferred(p: E): Promise<E> {
    return p;
  }

  @WithLock((p, ...amounts) => {
    assert<Equal<typeof p, E>>();
    assert<Equal<typeof amounts, number[]>>();
    return p.id + amounts.join();
  })
  async inferredRest(p: E, ...amounts: number[]): Promise<void> {}

  @WithLock((p) => p.id)
  async explicitThis(this: Repository<E>, p: E): Promise<string> {
    return p.id;
  }

  @WithLock((p: HasId) => p.id)
  async genericMethod<T extends HasId>(p: T): Promise<T> {
    return p;
  }

  @WithLock((p) => p.id)
  async inferredGenericMethod<T extends HasId>(p: T, extra: E): Promise<[T, E]> {
    return [p, extra];
  }

  @WithLock((p: unknown) => String(p))
  async unconstrained<T>(p: T): Promise<T> {
    return p;
  }

  @WithLock('all', { signal: (p) => AbortSignal.timeout(p.id.length) })
  async signalOfTheEntity(p: E): Promise<void> {}

  @WithLock((p) => p.id)
  async *pages(p: E): AsyncGenerator<E, void> {
    yield p;
  }

  @byId
  async keptInAConst(p: E, amount = 1): Promise<number> {
    return p.id.length + amount;
  }

  @byIdExplicitly
  async keptWithItsType(p: E): Promise<E> {
    return p;
  }

  @byFirst
  async keptForAnyArguments(a: number, b: string): Promise<string> {
    return b + String(a);
  }

  @oneAtATime
  async keptWithAFixedKey(p: E, b: string): Promise<E> {
    return p;
  }

  @ByIdWithin(200)
  async ownDecorator(p: E): Promise<E> {
    return p;
  }

  @byId
  static async onTheClass(p: HasId): Promise<HasId> {
    return p;
  }
}

interface User extends HasId {
  email: string;
}

export class Users extends Repository<User> {
  @WithLock((p) => p.email)
  override async annotated(p: User): Promise<User> {
    return super.annotated(p);
  }

  @oneAtATime
  override async ownDecorator(p: User): Promise<User> {
    return p;
  }
}

declare const repository: Repository<User>;
assert<Equal<(typeof repository)['inferred'], (p: User) => Promise<User>>>();
assert<Equal<(typeof repository)['genericMethod'], <T extends HasId>(p: T) => Promise<T>>>();
assert<Equal<(typeof repository)['pages'], (p: User) => AsyncGenerator<User, void>>>();
assert<Equal<(typeof repository)['keptInAConst'], (p: User, amount?: number) => Promise<number>>>();
