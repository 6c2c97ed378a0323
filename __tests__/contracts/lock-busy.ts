import { LockTimeoutError } from '../../src/index.js';
import { rejection } from '../support/deferred.js';
import { pause } from '../support/pause.js';
import type { LockWorld } from './lock-contract.js';

export function busyCases({ locker }: LockWorld): void {
  describe('a call whose lock is somebody else’s', () => {
    it.each(['their locker', 'its own'])(
      'is done without, as onBusy says; held through %s',
      async (whose) => {
        const ours = await locker();
        await using _held = await (whose === 'its own' ? ours : await locker()).acquire('k', {
          name: 'Holder.work',
        });
        const told: unknown[] = [];
        ours.on('busy', ({ key, holder }) => told.push([key, holder?.endsWith(' Holder.work')]));
        ours.on('refused', () => told.push('refused'));
        const never = (): string => {
          throw new Error('must not run');
        };
        const since = performance.now();
        expect(await ours.withLock('k', never, { onBusy: 'skip' })).toBeUndefined();
        const error = await rejection(ours.withLock('k', never, { onBusy: 'throw' }));
        expect(error).toBeInstanceOf(LockTimeoutError);
        expect((error as Error).message).toMatch(/held for \d+\.\d s by ".* Holder\.work"/);
        const holders: unknown[] = [];
        const onBusy = ({ holder, heldFor }: LockTimeoutError): string => {
          holders.push(holder, heldFor);
          return 'cached';
        };
        expect(await ours.withLock('k', never, { onBusy })).toBe('cached');
        expect(holders).toEqual([expect.stringContaining('Holder.work'), expect.any(Number)]);
        const failing = (): Promise<never> => Promise.reject(new Error('own'));
        expect(await rejection(ours.withLock('k', never, { onBusy: failing }))).toMatchObject({
          message: 'own',
        });
        expect(performance.now() - since).toBeLessThan(1_000);
        expect(told).toEqual(Array.from({ length: 4 }, () => ['k', true]));
      },
    );

    it('waits first, when the call says for how long', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      const held = await theirs.acquire('k');
      const since = performance.now();
      expect(await ours.withLock('k', () => 'ran', { onBusy: 'skip', timeout: 400 })).toBeUndefined();
      expect(performance.now() - since).toBeGreaterThanOrEqual(400);
      const call = ours.withLock('k', () => 'ran', { onBusy: 'skip', timeout: 5_000 });
      await pause(20);
      await held.release();
      expect(await call).toBe('ran');
    });

    it('runs when the lock is free, and an error like that of a busy lock is its own', async () => {
      const ours = await locker();
      expect(await ours.withLock('k', () => 'ran', { onBusy: 'skip' })).toBe('ran');
      const own = new LockTimeoutError({
        key: 'x',
        timeout: 0,
        waited: 0,
        holder: undefined,
        heldFor: undefined,
      });
      const body = (): Promise<never> => Promise.reject(own);
      expect(await rejection(ours.withLock('k', body, { onBusy: 'skip' }))).toBe(own);
    });

    it('is told for how long the holder has held the lock, wherever that is', async () => {
      const [ours, theirs] = [await locker(), await locker()];
      await using _held = await theirs.acquire('k', { name: 'Order.pay' });
      await pause(300);
      const errors = await Promise.all([
        rejection(ours.acquire('k', { timeout: 0 })),
        rejection(ours.acquire('k', { timeout: 400 })),
        rejection(theirs.acquire('k', { timeout: 0 })),
        rejection(theirs.acquire('k', { timeout: 400 })),
      ]);
      for (const error of errors as LockTimeoutError[]) {
        expect(error.heldFor).toBeGreaterThanOrEqual(298);
        expect(error.heldFor).toBeLessThan(2_000);
        expect(error.message).toMatch(/; held for [01]\.\d s by "[^ ]+\/\d+ Order\.pay"$/);
      }
    });
  });
}
