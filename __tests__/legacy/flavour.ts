import { type LockKey, WithLock } from '../../src/index.js';
import { type Flavour, NAMELESS } from '../support/decorated/flavour.js';

// What the decorator is given by these tests is checked at run time only; the type tests check the compiler's part.
const decorate = (key: unknown, options?: unknown): any => WithLock(key as LockKey, options as number);

function marking(mark: (method: object) => void) {
  return (_target: object, _name: string, descriptor: PropertyDescriptor) => {
    mark(descriptor.value as object);
  };
}

/** Classes made with legacy decorators: swc makes them so for the files of this folder. */
export const legacy: Flavour = {
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
