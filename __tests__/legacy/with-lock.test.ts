import 'reflect-metadata';

import {
  createLocker,
  LOCK_METADATA,
  type LockKey,
  memory,
  setDefaultLocker,
  WithLock,
} from '../../src/index.js';
import { decoratedCases } from '../support/decorated/cases.js';
import { type Flavour, NAMELESS } from '../support/decorated/flavour.js';

// What the decorator is given by these tests is checked at run time only; the type tests check the compiler's part.
const decorate = (key: unknown, options?: unknown): any => WithLock(key as LockKey, options as number);

function marking(mark: (method: object) => void) {
  return (_target: object, _name: string, descriptor: PropertyDescriptor) => {
    mark(descriptor.value as object);
  };
}

const legacy: Flavour = {
  lodge({ key = 'a', options, body = () => undefined, steps = async function* () {} }) {
    class Lodge {
      prefix = 'member:';

      @decorate(key, options)
      async add(...args: unknown[]): Promise<unknown> {
        return body.apply(this, args);
      }

      @decorate(key, options)
      async *walk(...args: unknown[]): AsyncGenerator<unknown, unknown> {
        return yield* steps.apply(this, args);
      }

      @decorate(key, options)
      async [NAMELESS](...args: unknown[]): Promise<unknown> {
        return body.apply(this, args);
      }

      @decorate(key, options)
      static async build(...args: unknown[]): Promise<unknown> {
        return body.apply(this, args);
      }
    }
    return Lodge;
  },

  family(body) {
    class Parent {
      @WithLock((id) => `parent:${id}`)
      async save(id: string): Promise<unknown> {
        return body(id);
      }
    }
    class Child extends Parent {
      @WithLock((id) => `child:${id}`)
      override async save(id: string): Promise<unknown> {
        return super.save(id);
      }
    }
    class Heir extends Parent {}
    return { Parent, Child, Heir };
  },

  marked(mark) {
    class Bank {
      @WithLock((account) => account)
      @marking(mark)
      async charge(account: string, amount: number): Promise<unknown> {
        return [account, amount];
      }
    }
    return Bank;
  },

  twice({ body = () => undefined, steps = async function* () {} }) {
    class Twice {
      @WithLock('outer')
      @WithLock('inner')
      async add(): Promise<unknown> {
        return body.apply(this);
      }

      @WithLock('outer')
      @WithLock('inner')
      async *walk(): AsyncGenerator<unknown, unknown> {
        return yield* steps.apply(this);
      }
    }
    return Twice;
  },

  wrong({ sync, iterable }) {
    class Wrong {
      @decorate('a')
      sync(): unknown {
        return sync;
      }

      @decorate('a')
      iterable(): unknown {
        return iterable;
      }
    }
    return Wrong;
  },

  misuse: [
    [
      'a class',
      () => {
        @decorate('a')
        class Odd {}
        return Odd;
      },
    ],
    [
      'the field odd',
      () => {
        class Odd {
          @decorate('a')
          odd = async () => {};
        }
        return Odd;
      },
    ],
    [
      'the accessor odd',
      () => {
        class Odd {
          @decorate('a')
          get odd(): unknown {
            return async () => {};
          }
        }
        return Odd;
      },
    ],
    [
      'the accessor odd',
      () => {
        class Odd {
          @decorate('a')
          set odd(_value: unknown) {}
        }
        return Odd;
      },
    ],
    [
      'a sync generator',
      () => {
        class Odd {
          @decorate('a')
          *odd(): Generator<number> {
            yield 1;
          }
        }
        return Odd;
      },
    ],
  ],

  byHand: (value) => (decorate('a') as (...args: unknown[]) => unknown)({}, 'odd', { value }),
};

describe('legacy decorators', () => {
  decoratedCases(legacy);
});

describe('legacy decorators alone', () => {
  afterEach(() => setDefaultLocker(undefined));

  it('leave design:paramtypes, design:type and design:returntype where frameworks look for them', () => {
    class Account {}
    class Bank {
      @WithLock(() => 'k')
      async charge(_account: Account, _amount: number): Promise<string> {
        return 'charged';
      }

      @WithLock('pages')
      static async *pages(_account: Account): AsyncGenerator<number> {}
    }
    const design = (target: object, name: string): unknown[] =>
      ['design:type', 'design:paramtypes', 'design:returntype'].map(
        (key): unknown => Reflect.getMetadata(key, target, name) as unknown,
      );
    expect(design(Bank.prototype, 'charge')).toEqual([Function, [Account, Number], Promise]);
    expect(design(Bank, 'pages').slice(0, 2)).toEqual([Function, [Account]]);
  });

  it('keep what a decorator below wrote on the function, and let one above write on the locked one', () => {
    const write = (key: string) => (_target: object, _name: string, descriptor: PropertyDescriptor) => {
      Reflect.defineMetadata(key, 'written', descriptor.value as object);
    };
    class Bank {
      @write('above')
      @WithLock('k')
      @write('below')
      async charge(): Promise<void> {}
    }
    expect(new Set(Reflect.getMetadataKeys(Bank.prototype.charge))).toEqual(
      new Set(['above', 'below', LOCK_METADATA]),
    );
  });

  it('name a call by the class that declares the method', async () => {
    const names: string[] = [];
    const locker = createLocker(memory());
    locker.on('granted', ({ name }) => names.push(name));
    setDefaultLocker(locker);
    const { Parent, Child, Heir } = legacy.family(async () => undefined);
    await new Parent().save('7');
    await new Heir().save('7');
    await new Child().save('7');
    const { save } = new Parent();
    await save('7');
    expect(names).toEqual(['Parent.save', 'Parent.save', 'Child.save', 'Parent.save', 'Parent.save']);
  });

  it('decorate what another decorator has put in place of the method', async () => {
    setDefaultLocker(createLocker(memory()));
    const replace = (_target: object, _name: string, descriptor: PropertyDescriptor): PropertyDescriptor => ({
      ...descriptor,
      value: async () => 'replaced',
    });
    class Bank {
      @WithLock('k')
      @replace
      async charge(): Promise<string> {
        return 'charged';
      }
    }
    expect(await new Bank().charge()).toBe('replaced');
  });
});
