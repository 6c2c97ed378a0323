import { createLocker, type LockTimeoutError } from '../../../src/index.js';
import { deferred, rejection } from '../deferred.js';
import type { Flavour, World } from './flavour.js';

/** How long a decorated method waits: its timeout, and its caller's signal. */
export function waitingCases({ lodge }: Flavour, world: World): void {
  describe('F5 L1: how long a call waits', () => {
    it.each([
      ['as the second argument', 30],
      ['as an option', { timeout: 30 }],
    ])('no longer than the timeout %s', async (_where, options) => {
      const body = jest.fn();
      const Lodge = lodge({ key: 'a', options, body, steps: body });
      await using _holder = await world.locker.acquire('a', { name: 'the holder' });
      for (const call of [() => new Lodge().add(), () => new Lodge().walk().next()]) {
        const start = performance.now();
        const error = (await rejection(call())) as LockTimeoutError;
        // Node's timers may be a millisecond early by this clock.
        expect(performance.now() - start).toBeGreaterThanOrEqual(29);
        expect(error).toMatchObject({ name: 'LockTimeoutError', code: 'LOCK_TIMEOUT', key: 'a' });
        expect(error.waited).toBeGreaterThanOrEqual(29);
        expect(error.holder).toMatch(/ the holder$/);
      }
      expect(body).not.toHaveBeenCalled();
      expect(world.locked()).toEqual(['a']);
    });

    it.each([
      ['0', 0],
      ['-0', -0],
      ['{ timeout: 0 }', { timeout: 0 }],
    ])(
      'not at all with %s: it runs when the lock is free, and is refused when it is not',
      async (_what, options) => {
        const body = jest.fn(async () => 'done');
        const Lodge = lodge({ key: 'a', options, body });
        expect(await new Lodge().add()).toBe('done');
        await using _holder = await world.locker.acquire('a');
        expect(await rejection(new Lodge().add())).toMatchObject({
          code: 'LOCK_TIMEOUT',
          message: expect.stringContaining('timeout 0: tried once'),
        });
        expect(body).toHaveBeenCalledTimes(1);
      },
    );

    it.each([
      ['2 ** 31 - 1', 2 ** 31 - 1],
      ['2 ** 31, which Node takes for 1 ms', 2 ** 31],
      ['Number.MAX_SAFE_INTEGER', Number.MAX_SAFE_INTEGER],
      ['Infinity', Infinity],
    ])('as long as it takes with a timeout of %s', async (_what, timeout) => {
      const thirdTry = deferred();
      let tries = 0;
      const locker = createLocker({
        ...world.adapter,
        run: (script, keys, args) => {
          if (script.name === 'mutex-acquire' && ++tries === 3) thirdTry.resolve();
          return world.adapter.run(script, keys, args);
        },
      });
      const Lodge = lodge({ key: 'a', options: { timeout, locker }, body: async () => 'done' });
      const holder = await world.locker.acquire('a');
      const call = new Lodge().add();
      await Promise.race([thirdTry.promise, call]);
      await holder.release();
      expect(await call).toBe('done');
    });

    it('takes the locker’s timeout without one of its own', async () => {
      const locker = createLocker(world.adapter, { timeout: 0 });
      const Lodge = lodge({ key: 'a', options: { locker, timeout: undefined } });
      await using _holder = await world.locker.acquire('a');
      expect(await rejection(new Lodge().add())).toMatchObject({ code: 'LOCK_TIMEOUT' });
    });

    it('leaves the lock in Redis for the ttl', async () => {
      const body = () => Promise.resolve(world.adapter.keyspace.ttl('lock:a'));
      const ttl: unknown = await new (lodge({ key: 'a', options: { ttl: 5_000 }, body }))().add();
      expect(ttl).toBeLessThanOrEqual(5_000);
      expect(ttl).toBeGreaterThan(0);
      const usual: unknown = await new (lodge({ key: 'a', body }))().add();
      expect(usual).toBeLessThanOrEqual(20_000);
      expect(usual).toBeGreaterThan(5_000);
    });
  });

  describe('F8 S6 R1: the caller’s signal', () => {
    const reason = new Error('the request is gone');

    it.each([
      ['given', () => AbortSignal.abort(reason), []],
      ['found in the arguments', () => (signal: AbortSignal) => signal, [AbortSignal.abort(reason)]],
    ])('that is aborted before, %s: the method does not run', async (_how, signal, args) => {
      const body = jest.fn();
      const Lodge = lodge({ key: 'a', options: { signal: signal() }, body, steps: body });
      expect(await rejection(new Lodge().add(...args))).toBe(reason);
      expect(await rejection(new Lodge().walk(...args).next())).toBe(reason);
      expect(body).not.toHaveBeenCalled();
    });

    it.each([
      ['given', (signal: AbortSignal) => signal],
      ['found in the arguments', () => (signal: AbortSignal) => signal],
    ])('that aborts while the call waits, %s: it stops waiting', async (_how, find) => {
      for (const method of ['add', 'walk'] as const) {
        const controller = new AbortController();
        const body = jest.fn();
        const Lodge = lodge({ key: 'a', options: { signal: find(controller.signal) }, body, steps: body });
        await using _holder = await world.locker.acquire('a');
        const waiting = world.next('waiting');
        const call = new Lodge()[method](controller.signal);
        const refused = rejection('next' in call ? call.next() : call);
        await waiting;
        controller.abort(reason);
        expect(await refused).toBe(reason);
        expect(body).not.toHaveBeenCalled();
      }
    });

    it('that aborts between the grant and the method: it does not run, and the lock is free', async () => {
      for (const method of ['add', 'walk'] as const) {
        const controller = new AbortController();
        const body = jest.fn();
        const Lodge = lodge({ key: 'a', options: { signal: controller.signal }, body, steps: body });
        const stop = world.locker.on('granted', () => controller.abort(reason));
        const call = new Lodge()[method]();
        expect(await rejection('next' in call ? call.next() : call)).toBe(reason);
        expect(body).not.toHaveBeenCalled();
        expect(world.locked()).toEqual([]);
        stop();
      }
    });

    it('that aborts while the method runs: that is the method’s own business', async () => {
      const controller = new AbortController();
      const body = async () => {
        controller.abort(reason);
        return 'done';
      };
      expect(await new (lodge({ key: 'a', options: { signal: controller.signal }, body }))().add()).toBe(
        'done',
      );
    });

    it('is found with the arguments and this, and may be undefined', async () => {
      const seen: unknown[] = [];
      const Lodge = lodge({
        options: {
          signal(this: unknown, ...args: unknown[]) {
            seen.push(this, args);
            return undefined;
          },
        },
        body: async () => 'done',
      });
      const instance = new Lodge();
      expect(await instance.add(1, 2)).toBe('done');
      expect(seen).toEqual([instance, [1, 2]]);
    });

    it.each([
      ['null', null, 'null'],
      ['a controller', new AbortController(), 'an object'],
      ['true', true, 'true'],
    ])('can not be %s', async (_what, signal, shown) => {
      const body = jest.fn();
      const told = `signal must be an AbortSignal, not ${shown}`;
      expect(() => lodge({ options: { signal } })).toThrow(new TypeError(told));
      const Lodge = lodge({ options: { signal: () => signal }, body });
      expect(await rejection(new Lodge().add())).toEqual(new TypeError(told));
      expect(body).not.toHaveBeenCalled();
    });

    it('whose function throws: the call rejects with that error', async () => {
      const body = jest.fn();
      const signal = () => {
        throw reason;
      };
      expect(await rejection(new (lodge({ options: { signal }, body }))().add())).toBe(reason);
      expect(body).not.toHaveBeenCalled();
    });
  });
}
