import { getEventListeners } from 'node:events';

import { createLocker, type Adapter, type Locker, type LockerOptions } from '../../src/index.js';
import { eventually, pause } from '../support/pause.js';
import { type Stopwatch, stopwatches } from '../support/standstill.js';
import { busyCases } from './lock-busy.js';
import { closingCases } from './lock-closing.js';
import { handOverCases } from './lock-hand-over.js';
import { holdingCases } from './lock-holding.js';
import { heldListCases } from './lock-lists-held.js';
import { insideListCases } from './lock-lists-inside.js';
import { listCases } from './lock-lists.js';
import { nestingCases } from './lock-nesting.js';

/** A backend under the lock contract: one store that several clients share. */
export interface LockBackend {
  /** Another client of the same store, as another process has it. */
  connect(): Promise<Adapter | readonly Adapter[]>;
  /** What another program can see and do. */
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<void>;
  keys(): Promise<string[]>;
  /** What its lockers need besides. */
  readonly options?: LockerOptions;
  stop(): Promise<void>;
}

/** What the cases work with. */
export interface LockWorld {
  backend(): LockBackend;
  /** A locker on a client of its own, which is closed after the case. */
  locker(options?: LockerOptions): Promise<Locker>;
  /** For times that a bound is promised for. */
  stopwatch(): Stopwatch;
}

/**
 * What every locker promises, whatever the client and the server.
 *
 * @param otherwise - where lists of keys are taken in another way: which, for the title of the test run
 */
export function lockContract(
  name: string,
  start: () => Promise<LockBackend>,
  otherwise: { readonly lists?: string } = {},
): void {
  describe(`lock contract: ${name}`, () => {
    let backend: LockBackend;
    const open: Locker[] = [];
    const stopwatch = stopwatches();

    const locker = async (options?: LockerOptions): Promise<Locker> => {
      const made = createLocker(await backend.connect(), {
        timeout: 5_000,
        ttl: 5_000,
        ...backend.options,
        ...options,
      });
      open.push(made);
      return made;
    };

    beforeAll(async () => {
      backend = await start();
    });
    afterEach(async () => {
      await Promise.all(open.splice(0).map((made) => made.close({ grace: 0 })));
      const left = await backend.keys();
      await Promise.all(left.map((key) => backend.delete(key)));
      expect(left).toEqual([]);
    });
    afterAll(() => backend.stop());

    const lists = otherwise.lists === undefined ? [listCases, heldListCases, insideListCases] : [];
    if (otherwise.lists !== undefined) {
      it(`takes lists of keys ${otherwise.lists}`, async () => {
        const lock = await (await locker()).acquire(['b', 'a']);
        expect(lock.keys).toEqual(['b', 'a']);
        expect(await lock.release()).toBe('released');
      });
    }
    for (const cases of [closingCases, holdingCases, nestingCases, ...lists, busyCases, handOverCases]) {
      cases({ backend: () => backend, locker, stopwatch });
    }

    it('lets one body at a time run per key, whichever client it comes through', async () => {
      const lockers = [await locker(), await locker(), await locker()];
      let inside = 0;
      let total = 0;
      await Promise.all(
        Array.from({ length: 60 }, (_, i) =>
          lockers[i % 3]!.withLock(
            'one',
            async () => {
              inside++;
              expect(inside).toBe(1);
              const read = total;
              await pause(1);
              total = read + 1;
              inside--;
            },
            { timeout: 20_000 },
          ),
        ),
      );
      expect(total).toBe(60);
    });

    it('lets bodies of different keys run at the same time', async () => {
      const ours = await locker();
      let meet: () => void = () => undefined;
      const met = new Promise<void>((resolve) => (meet = resolve));
      await ours.withLock('a', () => ours.withLock('b', async () => (meet(), met)));
    });

    it('takes numbers and bigints for their decimal text', async () => {
      const ours = await locker();
      await using lock = await ours.acquire(42);
      expect(lock.key).toBe('42');
      expect(await ours.tryAcquire('42')).toBeNull();
      expect(await ours.tryAcquire(42n)).toBeNull();
    });

    it('A8 R1: gives what the body gives, and gives the lock back when it returns, throws or rejects', async () => {
      const ours = await locker();
      const error = new Error('business');
      const outcomes: string[] = [];
      ours.on('released', ({ outcome }) => outcomes.push(outcome));
      expect(await ours.withLock('k', (lock) => lock.key)).toBe('k');
      expect(await ours.withLock('k', () => Promise.resolve(7))).toBe(7);
      await expect(ours.withLock('k', () => Promise.reject(error))).rejects.toBe(error);
      const thrower = (): never => {
        throw error;
      };
      await expect(ours.withLock('k', thrower)).rejects.toBe(error);
      expect(await backend.keys()).toEqual([]);
      // Once each.
      expect(outcomes).toEqual(Array(4).fill('released'));
    });

    it('makes the others wait until the lock is given back', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const since = performance.now();
      const lock = await ours.acquire('k');
      const took = performance.now() - since;
      let granted = false;
      const waiting = theirs.acquire('k').then((next) => ((granted = true), next));
      await pause(100);
      expect(granted).toBe(false);
      expect(await lock.release()).toBe('released');
      const next = await waiting;
      expect(lock.waited).toBeLessThanOrEqual(took);
      expect(next.waited).toBeGreaterThanOrEqual(99);
      expect(await next.release()).toBe('released');
    });

    it('tells a caller that does not wait that the lock is taken', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const lock = await ours.acquire('k', { name: 'Holder.run' });
      expect(await theirs.tryAcquire('k')).toBeNull();
      const error = await theirs.acquire('k', { timeout: 0 }).catch((reason: unknown) => reason);
      expect(error).toMatchObject({
        code: 'LOCK_TIMEOUT',
        key: 'k',
        holder: expect.stringMatching(/^\S+\/\d+ Holder\.run$/),
      });
      await lock.release();
      const next = await theirs.tryAcquire('k');
      expect(next?.held).toBe(true);
      await next?.release();
    });

    it('gives up after the timeout and leaves nothing behind', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      await using _lock = await ours.acquire('k');
      const before = performance.now();
      await expect(theirs.acquire('k', { timeout: 400 })).rejects.toMatchObject({ code: 'LOCK_TIMEOUT' });
      expect(performance.now() - before).toBeGreaterThanOrEqual(400);
      // What it has left is taken back behind its back.
      await eventually(async () => (await backend.keys()).length, 1);
    });

    it('F8 R1: rejects with the reason of an aborted signal, before and while it waits', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const reason = new Error('gone');
      const body = jest.fn();
      await expect(theirs.withLock('k', body, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      await using _lock = await ours.acquire('k');
      const abort = new AbortController();
      const waiting = theirs.withLock('k', body, { signal: abort.signal });
      setTimeout(() => abort.abort(reason), 50);
      await expect(waiting).rejects.toBe(reason);
      expect(body).not.toHaveBeenCalled();
      expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
    });

    it('F8 S6 R1: does not run the body of a caller that stops waiting in the moment of the grant', async () => {
      const ours = await locker();
      const abort = new AbortController();
      const reason = new Error('gone');
      ours.on('granted', () => abort.abort(reason));
      const body = jest.fn();
      await expect(ours.withLock('k', body, { signal: abort.signal })).rejects.toBe(reason);
      expect(body).not.toHaveBeenCalled();
      expect(await backend.keys()).toEqual([]);
    });

    it('frees the lock of a holder that never gives it back, after its ttl', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const ttl = 300;
      const before = performance.now();
      const dead = await ours.acquire('k', { ttl, extend: false });
      // Its ttl began somewhere in between.
      const took = stopwatch();
      const next = await theirs.acquire('k');
      expect(performance.now() - before).toBeGreaterThanOrEqual(ttl - 1);
      expect(took()).toBeLessThanOrEqual(ttl + 100);
      expect(dead.held).toBe(false);
      expect(dead.remaining).toBe(0);
      expect(await dead.release()).toBe('lost');
      expect(await theirs.tryAcquire('k')).toBeNull();
      expect(await next.release()).toBe('released');
    });

    it('tells how long the lock is certainly held', async () => {
      const ours = await locker();
      const lock = await ours.acquire('k', { ttl: 1_000 });
      expect(lock.held).toBe(true);
      expect(lock.remaining).toBeLessThan(1_000);
      expect(lock.remaining).toBeGreaterThan(500);
      await lock.release();
      expect(lock.held).toBe(false);
    });

    it('releases once; the outcome stays the same', async () => {
      const ours = await locker();
      const lock = await ours.acquire('k');
      expect(await Promise.all([lock.release(), lock.release()])).toEqual(['released', 'released']);
      await using _next = await ours.acquire('k');
      expect(await lock.release()).toBe('released');
      expect(await backend.keys()).toHaveLength(1);
    });

    it('never touches what somebody else has put at the key', async () => {
      const ours = await locker({ prefix: '' });
      const lock = await ours.acquire('k');
      await backend.set('k', 'foreign', 10_000);
      expect(await lock.release()).toBe('lost');
      expect(await backend.get('k')).toBe('foreign');
      await expect(ours.acquire('k', { timeout: 400 })).rejects.toMatchObject({ holder: undefined });
      expect(await backend.get('k')).toBe('foreign');
      await backend.delete('k');
    });

    it('writes the token, host, process and lock site under prefix and key', async () => {
      const ours = await locker({ prefix: 'shop:' });
      await using _lock = await ours.acquire('k', { name: 'Cart.pay' });
      expect(await backend.keys()).toEqual(['shop:k']);
      expect(await backend.get('shop:k')).toMatch(/^[\w-]{27} \d{16} \d{13} \S+\/\d+ Cart\.pay$/);
    });

    it('tells what happens', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const told: unknown[][] = [];
      for (const event of ['waiting', 'granted', 'busy', 'refused', 'released'] as const) {
        theirs.on(event, (details) => told.push([event, details]));
      }
      const lock = await ours.acquire('k', { name: 'Ours' });
      await theirs.acquire('k', { timeout: 0 }).catch(() => undefined);
      await theirs.acquire('k', { timeout: 400 }).catch(() => undefined);
      const waiting = theirs.withLock('k', () => undefined, { name: 'Theirs' });
      await eventually(() => told.filter(([event]) => event === 'waiting').length, 2);
      await lock.release();
      await waiting;
      const site = { key: 'k', name: 'Theirs' };
      expect(told).toEqual([
        ['busy', { key: 'k', name: 'acquire', holder: expect.stringMatching(/ Ours$/) }],
        ['waiting', { key: 'k', name: 'acquire', holder: expect.stringMatching(/ Ours$/) }],
        [
          'refused',
          {
            key: 'k',
            name: 'acquire',
            waited: expect.any(Number),
            error: expect.objectContaining({ code: 'LOCK_TIMEOUT' }),
          },
        ],
        ['waiting', { ...site, holder: expect.stringMatching(/ Ours$/) }],
        ['granted', { ...site, waited: expect.any(Number), fencingToken: expect.any(Number) }],
        ['released', { ...site, held: expect.any(Number), outcome: 'released' }],
      ]);
    });
  });
}
