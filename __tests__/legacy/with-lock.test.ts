import 'reflect-metadata';

import { createLocker, LOCK_METADATA, memory, setDefaultLocker, WithLock } from '../../src/index.js';
import { decoratedCases } from '../support/decorated/cases.js';
import { legacy } from './flavour.js';

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
