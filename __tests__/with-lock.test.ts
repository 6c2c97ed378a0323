import { createLocker, type LockKey, memory, setDefaultLocker, WithLock } from '../src/index.js';
import { decoratedCases } from './support/decorated/cases.js';
import { type Flavour, NAMELESS } from './support/decorated/flavour.js';

// What the decorator is given by these tests is checked at run time only; the type tests check the compiler's part.
const decorate = (key: unknown, options?: unknown): any => WithLock(key as LockKey, options as number);

function marking(mark: (method: object) => void) {
  return (method: object, _context: ClassMethodDecoratorContext) => {
    mark(method);
  };
}

const standard: Flavour = {
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
      'the getter odd',
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
      'the setter odd',
      () => {
        class Odd {
          @decorate('a')
          set odd(_value: unknown) {}
        }
        return Odd;
      },
    ],
    [
      'the accessor odd',
      () => {
        class Odd {
          @decorate('a')
          accessor odd = async () => {};
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

  byHand: (value) =>
    (decorate('a') as (...args: unknown[]) => unknown)(value, { kind: 'method', name: 'odd' }),
};

describe('standard decorators', () => {
  decoratedCases(standard);
});

describe('standard decorators alone', () => {
  let store = memory();
  const names: string[] = [];

  beforeEach(() => {
    store = memory();
    names.length = 0;
    const locker = createLocker(store);
    locker.on('granted', ({ name }) => names.push(name));
    setDefaultLocker(locker);
  });
  afterEach(() => {
    setDefaultLocker(undefined);
    expect(store.keyspace.keys()).toEqual([]);
  });

  it('hold private methods, on the instance and on the class, and private generators', async () => {
    class Vault {
      @WithLock((account) => account)
      async #open(account: string): Promise<string[]> {
        return [account, ...store.keyspace.keys()];
      }

      @WithLock((account) => account)
      static async #build(account: string): Promise<string[]> {
        return [account, ...store.keyspace.keys()];
      }

      @WithLock((account) => account)
      async *#pages(account: string): AsyncGenerator<string[]> {
        yield [account, ...store.keyspace.keys()];
      }

      async all(): Promise<unknown[]> {
        const all: unknown[] = [await this.#open('a'), await Vault.#build('b')];
        for await (const page of this.#pages('c')) all.push(page);
        return all;
      }
    }
    expect(await new Vault().all()).toEqual([
      ['a', 'lock:a'],
      ['b', 'lock:b'],
      ['c', 'lock:c'],
    ]);
    expect(names).toEqual(['Vault.#open', 'Vault.#build', 'Vault.#pages']);
  });

  it('name a call by the class of the instance, since they do not know the one that declares the method', async () => {
    const { Parent, Child, Heir } = standard.family(async () => undefined);
    await new Parent().save('7');
    await new Heir().save('7');
    await new Child().save('7');
    const { save } = new Parent();
    await save('7');
    expect(names).toEqual(['Parent.save', 'Heir.save', 'Child.save', 'Child.save', 'save']);
  });

  it('find a name for every method and class', async () => {
    const strange = 'two\nlines \ud800' as const;
    const long = `${'x'.repeat(99)}🗝`;
    class Odd {
      @WithLock('k')
      static async name(): Promise<void> {}

      @WithLock('k')
      async run(): Promise<void> {}

      @WithLock('k')
      async [strange](): Promise<void> {}

      @WithLock('k')
      async [long](): Promise<void> {}
    }
    const odd = new Odd();
    await Odd.name();
    await odd.run();
    await odd[strange]();
    await (odd as unknown as Record<string, () => Promise<void>>)[long]!();
    await odd.run.call(Object.create(null) as Odd);
    await odd.run.call(null as unknown as Odd);
    await odd.run.call(7 as unknown as Odd);
    expect(names).toEqual(['name', 'run', 'two?lines ?', `${'x'.repeat(99)}?`, 'run', 'run', 'Number.run']);
  });
});
