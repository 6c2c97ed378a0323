import { createLocker, LockClosedError, memory, setDefaultLocker } from '../../../src/index.js';
import { rejection } from '../deferred.js';
import type { Flavour, World } from './flavour.js';
import { keysIn } from '../keys-left.js';

/** Which locker a decorated method asks. */
export function lockerCases({ lodge }: Flavour, world: World): void {
  describe('which locker', () => {
    it('asks the default locker of the moment of the call, whatever there was when the class was made', async () => {
      for (const before of [undefined, world.locker]) {
        setDefaultLocker(before);
        const stores = [memory(), memory()];
        const body = () => Promise.resolve(stores.map((store) => keysIn(store)));
        const Lodge = lodge({ key: 'a', body });
        setDefaultLocker(createLocker(stores[0]!));
        expect(await new Lodge().add()).toEqual([['lock:a'], []]);
        setDefaultLocker(createLocker(stores[1]!));
        expect(await new Lodge().add()).toEqual([[], ['lock:a']]);
      }
    });

    it('tells what to do when there is none, and does not run the method', async () => {
      setDefaultLocker(undefined);
      const body = jest.fn();
      const Lodge = lodge({ key: 'a', body, steps: body });
      const missing = {
        name: 'LockerMissingError',
        code: 'LOCK_NO_LOCKER',
        retryable: false,
        message: expect.stringMatching(
          /^Lodge\.add: no locker is set\. Call setDefaultLocker\(createLocker\(/,
        ),
      };
      expect(await rejection(new Lodge().add())).toMatchObject(missing);
      expect(await rejection(new Lodge().walk().next())).toMatchObject({
        ...missing,
        message: expect.stringMatching(/^Lodge\.walk: no locker is set/),
      });
      expect(body).not.toHaveBeenCalled();
    });

    it('asks the locker of the option and not the default one', async () => {
      const store = memory();
      const Lodge = lodge({
        key: 'a',
        options: { locker: createLocker(store) },
        body: async () => [keysIn(store), world.locked()],
      });
      expect(await new Lodge().add()).toEqual([['lock:a'], []]);
    });

    it('asks the locker that the function of the instance finds, at each call', async () => {
      const stores = [memory(), memory()];
      const lockers = stores.map((store) => createLocker(store));
      const asked: unknown[][] = [];
      const Lodge = lodge({
        key: 'a',
        options: { locker: (...args: unknown[]) => (asked.push(args), lockers[asked.length - 1]) },
        body: () => Promise.resolve(stores.map((store) => keysIn(store))),
      });
      const instance = new Lodge();
      expect(await instance.add('argument')).toEqual([['lock:a'], []]);
      expect(await Lodge.build()).toEqual([[], ['lock:a']]);
      expect(asked).toEqual([[instance], [Lodge]]);
    });

    it.each([
      ['undefined', undefined, 'undefined'],
      ['null', null, 'null'],
      ['an object', {}, 'an object'],
      ['an adapter', memory(), 'an object'],
      ['a promise of a locker', Promise.resolve(createLocker(memory())), 'an object'],
    ])('rejects when the function of the instance finds %s', async (_what, found, shown) => {
      const body = jest.fn();
      const Lodge = lodge({ key: 'a', options: { locker: () => found }, body });
      const error = await rejection(new Lodge().add());
      expect(error).toBeInstanceOf(TypeError);
      expect((error as Error).message).toBe(
        `Lodge.add: what the option locker returns must be a locker made by createLocker, not ${shown}`,
      );
      expect(body).not.toHaveBeenCalled();
    });

    it('rejects with the error of the function of the instance', async () => {
      const error = new Error('not injected yet');
      const body = jest.fn();
      const locker = () => {
        throw error;
      };
      const Lodge = lodge({ key: 'a', options: { locker }, body });
      expect(await rejection(new Lodge().add())).toBe(error);
      expect(body).not.toHaveBeenCalled();
    });

    it('rejects when the locker is closed', async () => {
      await world.locker.close();
      const body = jest.fn();
      const Lodge = lodge({ key: 'a', body, steps: body });
      expect(await rejection(new Lodge().add())).toBeInstanceOf(LockClosedError);
      expect(await rejection(new Lodge().walk().next())).toBeInstanceOf(LockClosedError);
      expect(body).not.toHaveBeenCalled();
    });
  });
}
