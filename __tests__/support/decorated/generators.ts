import { rejection } from '../deferred.js';
import type { Flavour, Lodge, World } from './flavour.js';

/** How async generator methods hold their lock. */
export function generatorCases({ lodge, twice }: Flavour, world: World): void {
  const key = (account: string): string => account;

  describe('async generator methods', () => {
    it('hold the lock from the first step to the last', async () => {
      const Lodge = lodge({
        key,
        async *steps(account: string) {
          yield [account, world.locked()];
          yield [account, world.locked()];
          return world.locked();
        },
      });
      const walk = new Lodge().walk('a');
      expect(world.locked()).toEqual([]);
      expect(await walk.next()).toEqual({ done: false, value: ['a', ['a']] });
      expect(world.locked()).toEqual(['a']);
      expect(await walk.next()).toEqual({ done: false, value: ['a', ['a']] });
      expect(world.locked()).toEqual(['a']);
      expect(await walk.next()).toEqual({ done: true, value: ['a'] });
      expect(world.locked()).toEqual([]);
      expect(await walk.next()).toEqual({ done: true, value: undefined });
    });

    it('run one after the other', async () => {
      const log: string[] = [];
      const Lodge = lodge({
        key,
        async *steps(_account: string, who: string) {
          yield log.push(`${who} starts`);
          log.push(`${who} ends`);
        },
      });
      const one = new Lodge().walk('a', 'one');
      await one.next();
      const waiting = world.next('waiting');
      const two = new Lodge().walk('a', 'two');
      const step = two.next();
      await waiting;
      expect(log).toEqual(['one starts']);
      await one.next();
      await step;
      await two.next();
      expect(log).toEqual(['one starts', 'one ends', 'two starts', 'two ends']);
    });

    it('give the lock back when the consumer breaks off, after the generator has cleaned up', async () => {
      const cleaned: unknown[] = [];
      const Lodge = lodge({
        key,
        async *steps() {
          try {
            yield 1;
            yield 2;
          } finally {
            cleaned.push(world.locked());
          }
        },
      });
      for await (const page of new Lodge().walk('a')) {
        expect(page).toBe(1);
        break;
      }
      expect(cleaned).toEqual([['a']]);
      expect(world.locked()).toEqual([]);
    });

    it('give the lock back when the consumer throws, which gets its own error', async () => {
      const Lodge = lodge({
        key,
        async *steps() {
          yield 1;
        },
      });
      const error = new Error('of the consumer');
      const consume = async () => {
        for await (const page of new Lodge().walk('a')) throw page === 1 ? error : page;
      };
      expect(await rejection(consume())).toBe(error);
      expect(world.locked()).toEqual([]);
    });

    it('give the lock back when they throw, and reject with the very error', async () => {
      const error = new Error('of the generator');
      const Lodge = lodge({
        key,
        async *steps() {
          yield 1;
          throw error;
        },
      });
      const walk = new Lodge().walk('a');
      await walk.next();
      expect(await rejection(walk.next())).toBe(error);
      expect(world.locked()).toEqual([]);
      expect(await walk.next()).toEqual({ done: true, value: undefined });
    });

    it.each(['return', 'throw'] as const)('take no lock when %s comes before the first step', async (way) => {
      const steps = jest.fn();
      const granted = jest.fn();
      world.locker.on('granted', granted);
      const Lodge = lodge({ key, steps });
      const walk = new Lodge().walk('a');
      const error = new Error('of the consumer');
      if (way === 'return') expect(await walk.return('early')).toEqual({ done: true, value: 'early' });
      else expect(await rejection(walk.throw(error))).toBe(error);
      expect(await walk.next()).toEqual({ done: true, value: undefined });
      expect(steps).not.toHaveBeenCalled();
      expect(granted).not.toHaveBeenCalled();
    });

    it('get what the consumer sends with next, throw and return, and return their own value', async () => {
      const got: unknown[] = [];
      const Lodge = lodge({
        key,
        async *steps() {
          got.push(yield 'first');
          try {
            yield 'second';
          } catch (error) {
            got.push(error);
          }
          try {
            yield 'third';
          } finally {
            // eslint-disable-next-line no-unsafe-finally -- generators may answer a return with a value of their own
            return 'own';
          }
        },
      });
      const walk = new Lodge().walk('a');
      expect(await walk.next('ignored, as always')).toEqual({ done: false, value: 'first' });
      expect(await walk.next('sent')).toEqual({ done: false, value: 'second' });
      expect(await walk.throw('thrown')).toEqual({ done: false, value: 'third' });
      expect(got).toEqual(['sent', 'thrown']);
      expect(await walk.return('asked for')).toEqual({ done: true, value: 'own' });
    });

    it('answer steps that are asked for at once one after the other, under one lock', async () => {
      const granted = jest.fn();
      world.locker.on('granted', granted);
      const Lodge = lodge({
        key,
        async *steps() {
          yield 1;
          yield 2;
          return 3;
        },
      });
      const walk = new Lodge().walk('a');
      expect(await Promise.all([walk.next(), walk.next(), walk.next(), walk.next()])).toEqual([
        { done: false, value: 1 },
        { done: false, value: 2 },
        { done: true, value: 3 },
        { done: true, value: undefined },
      ]);
      expect(granted).toHaveBeenCalledTimes(1);
    });

    it('read the key when they are called, and get arguments and this', async () => {
      const PrefixLodge = lodge({
        key: (p: { account: string }) => p.account,
        async *steps(p: { account: string }) {
          yield [(this as Lodge).prefix, p.account, world.locked()];
        },
      });
      const p = { account: 'a' };
      const walk = new PrefixLodge().walk(p);
      p.account = 'b';
      expect((await walk.next()).value).toEqual(['member:', 'b', ['a']]);
      await walk.return(undefined);
    });

    it('can be held under two locks', async () => {
      const Twice = twice({
        async *steps() {
          yield world.locked();
        },
      });
      const pages: unknown[] = [];
      for await (const page of new Twice().walk()) pages.push(page);
      expect(pages).toEqual([['outer', 'inner']]);
    });
  });
}
