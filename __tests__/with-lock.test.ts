import { createLocker, memory, setDefaultLocker, WithLock } from '../src/index.js';
import { decoratedCases } from './support/decorated/cases.js';
import { standard } from './support/decorated/standard.js';
import { keysIn } from './support/keys-left.js';

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
    expect(keysIn(store)).toEqual([]);
  });

  it('hold private methods, on the instance and on the class, and private generators', async () => {
    class Vault {
      @WithLock((account) => account)
      async #open(account: string): Promise<string[]> {
        return [account, ...keysIn(store)];
      }

      @WithLock((account) => account)
      static async #build(account: string): Promise<string[]> {
        return [account, ...keysIn(store)];
      }

      @WithLock((account) => account)
      async *#pages(account: string): AsyncGenerator<string[]> {
        yield [account, ...keysIn(store)];
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
