import { EngineLocker } from '../../src/create-locker.js';
import { LockLostError, memory } from '../../src/index.js';
import { seededRandom } from '../programs/random.js';
import { FencedStore } from '../support/fenced-store.js';
import { VirtualEnvironment } from '../support/virtual-environment.js';
import { otherEnvironment } from '../support/virtual-locker.js';

const TTL = 3_000;
const EPOCH = 1_700_000_000_000;

const { random, seed } = seededRandom();

beforeAll(() => {
  process.stdout.write(`b18-suspended.test.ts: lengths from LATCHKEY_SEED=${seed}\n`);
});

/** Two machines; the server is on the second one, which is never suspended. */
function machines() {
  const [laptop, server] = [new VirtualEnvironment(), otherEnvironment()];
  const adapter = memory({ now: () => EPOCH + server.mono });
  const ours = new EngineLocker(adapter, { ttl: TTL }, laptop);
  const theirs = new EngineLocker(adapter, { ttl: TTL }, server);
  return {
    ours,
    theirs,
    async pass(ms: number): Promise<void> {
      for (let left = ms; left > 0; left -= 20) {
        await laptop.pass(20);
        await server.pass(20);
      }
    },
    /** The first machine is suspended: its monotonic clock and its timers stand still, and time goes on for all else. */
    async suspend(ms: number): Promise<void> {
      await server.pass(ms);
      laptop.wall += ms;
    },
  };
}

test('B18 S2 S3 S5 (only simulated): whoever was suspended for longer than the ttl sees at once that it has lost the lock, and its late write is refused', async () => {
  for (let n = 0; n < 20; n++) {
    const store = new FencedStore();
    const { ours, theirs, pass, suspend } = machines();
    const lock = await ours.acquire('k');
    // At all phases of an extension.
    await pass(random() * TTL);
    expect(lock.held).toBe(true);
    expect(store.write('ours', lock.fencingToken)).toBe(true);
    const waiting = theirs.acquire('k');
    const granted = waiting.then((next) => next.fencingToken);
    await suspend(TTL + random() * 3 * TTL);
    expect(store.write('theirs', await granted)).toBe(true);

    // No timer has fired on that machine, and nobody has told it anything.
    expect([lock.held, lock.remaining]).toEqual([false, 0]);
    expect(() => lock.assertHeld()).toThrow(LockLostError);
    expect(lock.signal.reason).toMatchObject({ code: 'LOCK_LOST', reason: 'expired' });
    expect(store.write('ours', lock.fencingToken)).toBe(false);
    expect(store.refused).toEqual([lock.fencingToken]);

    await pass(2 * TTL);
    expect([lock.held, (await waiting).held]).toEqual([false, true]);
    const released = lock.release();
    await pass(20);
    expect(await released).toBe('lost');
  }
});

test('B18 S1 (only simulated): whoever was suspended for a part of the ttl has its lock, and extends it', async () => {
  for (let n = 0; n < 20; n++) {
    const { ours, theirs, pass, suspend } = machines();
    const lock = await ours.acquire('k');
    await pass(random() * TTL);
    // What is left of a lease is never less than two thirds of it, less the margin.
    await suspend(random() * TTL * 0.6);
    expect(lock.held).toBe(true);
    await pass(2 * TTL);
    expect(lock.held).toBe(true);
    const busy = theirs.tryAcquire('k');
    await pass(20);
    expect(await busy).toBeNull();
  }
});
