import { createLocker, currentLock, memory } from '../../../src/index.js';
import { deferred, rejection } from '../deferred.js';
import { type Flavour, NAMELESS, type World } from './flavour.js';
import { keysIn } from '../keys-left.js';

/** What a call of a decorated method is, and when it runs. */
export function callCases({ lodge }: Flavour, world: World): void {
  describe('which calls exclude each other', () => {
    it('runs two calls with one key one after the other', async () => {
      const log: string[] = [];
      const started = deferred();
      const finish = deferred();
      const Lodge = lodge({
        key: (account: string) => account,
        body: async (_account: string, call: number) => {
          log.push(`start ${call}`);
          started.resolve();
          await finish.promise;
          log.push(`end ${call}`);
        },
      });
      const waiting = world.next('waiting');
      const calls = [new Lodge().add('a', 1), new Lodge().add('a', 2)];
      await Promise.all([started.promise, waiting]);
      expect(log).toEqual(['start 1']);
      finish.resolve();
      await Promise.all(calls);
      expect(log).toEqual(['start 1', 'end 1', 'start 2', 'end 2']);
    });

    it('runs calls with different keys at the same time', async () => {
      const inside = { a: deferred(), b: deferred() };
      const other = { a: 'b', b: 'a' } as const;
      const Lodge = lodge({
        key: (account: string) => account,
        body: async (account: 'a' | 'b') => {
          inside[account].resolve();
          await inside[other[account]].promise;
        },
      });
      await Promise.all([new Lodge().add('a'), new Lodge().add('b')]);
    });

    it('lets a fixed key exclude all calls, whatever their arguments, method and instance', async () => {
      let inside = 0;
      const Lodge = lodge({
        key: 'the lodge',
        body: async () => {
          expect(++inside).toBe(1);
          await new Promise((resolve) => setImmediate(resolve));
          inside--;
        },
      });
      const one = new Lodge();
      await Promise.all([one.add(1), one.add(2), new Lodge().add(1), one[NAMELESS](), Lodge.build()]);
    });

    it.each([
      ['its key function names', (...keys: string[]) => keys],
      ['are fixed', ['b', 'a']],
    ])('holds all keys that %s, for a method and for an async generator', async (_, key) => {
      const seen: unknown[] = [];
      const look = (): void => void seen.push([currentLock()?.keys, world.locked().sort()]);
      const Lodge = lodge({
        key,
        body: async () => {
          look();
        },
        steps: async function* () {
          look();
          yield 'step';
        },
      });
      await new Lodge().add('b', 'a');
      for await (const step of new Lodge().walk('b', 'a')) seen.push(step, world.locked().sort());
      const both = [
        ['b', 'a'],
        ['a', 'b'],
      ];
      expect(seen).toEqual([both, both, 'step', ['a', 'b']]);
      expect(world.locked()).toEqual([]);
    });

    it.each([
      ['a string', 'a b', 'a b'],
      ['a number', 7, '7'],
      ['zero', -0, '0'],
      ['a fraction', 0.5, '0.5'],
      ['a bigint', 2n ** 70n, '1180591620717411303424'],
    ])('locks %s, fixed or from the key function, as its text', async (_what, key, text) => {
      const body = () => Promise.resolve(world.locked());
      expect(await new (lodge({ key, body }))().add()).toEqual([text]);
      expect(await new (lodge({ key: () => key, body }))().add()).toEqual([text]);
    });

    it('gives the lock back before the call settles', async () => {
      const Lodge = lodge({ key: 'a', body: async () => world.locked() });
      expect(await new Lodge().add()).toEqual(['a']);
      expect(world.locked()).toEqual([]);
    });
  });

  describe('what passes through', () => {
    it('hands the arguments, all of them, and this to the method, and its result to the caller', async () => {
      const seen: unknown[] = [];
      const result = { the: 'result' };
      const Lodge = lodge({
        key: 'a',
        body(...args) {
          seen.push(this, args);
          return result;
        },
      });
      const instance = new Lodge();
      const argument = {};
      expect(await instance.add(argument, undefined, 3)).toBe(result);
      expect(seen).toEqual([instance, [argument, undefined, 3]]);
      expect(seen[0]).toBe(instance);
      expect((seen[1] as unknown[])[0]).toBe(argument);
    });

    it('hands the same arguments and this to the key function', async () => {
      const seen: unknown[] = [];
      const Lodge = lodge({
        key(this: unknown, ...args: unknown[]) {
          seen.push(this, ...args);
          return 'a';
        },
      });
      const instance = new Lodge();
      const argument = {};
      await instance.add(argument, 2);
      expect(seen).toEqual([instance, argument, 2]);
      expect(seen[1]).toBe(argument);
    });

    it('rejects with the very error of the method, whatever it is', async () => {
      for (const error of [new Error('of the method'), undefined, 'text', { code: 7 }]) {
        const Lodge = lodge({ key: 'a', body: () => Promise.reject(error) });
        expect(await rejection(new Lodge().add())).toBe(error);
        expect(world.locked()).toEqual([]);
      }
    });

    it('lets neither a result nor an error be replaced when the release fails', async () => {
      const store = memory();
      const locker = createLocker({
        ...store,
        run: (script, keys, args) =>
          script.name === 'mutex-release'
            ? Promise.reject(new Error('NOPERM no permission to run the release'))
            : store.run(script, keys, args),
      });
      const error = new Error('of the method');
      const body = (fails: boolean) => (fails ? Promise.reject(error) : Promise.resolve('done'));
      const Lodge = lodge({ key: (_fails: boolean, key: string) => key, body, options: { locker } });
      expect(await rejection(new Lodge().add(true, 'a'))).toBe(error);
      expect(await new Lodge().add(false, 'b')).toBe('done');
      expect(keysIn(store)).toEqual(['lock:a', 'lock:b']);
      await locker.close();
    });

    it('works without this, when neither the method nor the key function needs it', async () => {
      const Lodge = lodge({ key: (account: string) => account, body: async () => world.locked() });
      const { add } = new Lodge();
      expect(await add('a')).toEqual(['a']);
    });
  });

  describe('F4: when the key is read', () => {
    it('reads it once, when the method is called, however long the call waits', async () => {
      const read: string[] = [];
      const Lodge = lodge({ key: (account: string) => (read.push(account), account) });
      const holder = await world.locker.acquire('a');
      const waiting = world.next('waiting');
      const call = new Lodge().add('a');
      expect(read).toEqual(['a']);
      await waiting;
      await holder.release();
      await call;
      expect(read).toEqual(['a']);
    });

    it('does not heed what becomes of the arguments afterwards', async () => {
      const Lodge = lodge({
        key: (p: { account: string }) => p.account,
        body: async (p: { account: string }) => [p.account, world.locked()],
      });
      const p = { account: 'a' };
      const call = new Lodge().add(p);
      p.account = 'b';
      expect(await call).toEqual(['b', ['a']]);
    });
  });
}
