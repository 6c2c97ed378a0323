/** What a lock that is held says of itself, and what it does with what it was granted. */
import { currentLock, type Section } from '../src/context.js';
import { readHandOver } from '../src/hand-over.js';
import type { Whole } from '../src/holding.js';
import { rejection } from './support/deferred.js';
import { TTL } from './support/engine.js';
import { heldLock } from './support/held.js';
import { settle } from './support/virtual-environment.js';

/** For how long its lease lasts. */
const LENGTH = 978;
const TOKEN = 'token'.padEnd(27, '_');

const thrownBy = (work: () => unknown): unknown => {
  try {
    return work();
  } catch (error) {
    return error;
  }
};
const section = (change: Partial<Section>): Section =>
  ({ active: true, outer: undefined, ...change }) as Section;

it('is what it was granted', () => {
  const { lock, site, owner } = heldLock();
  expect(lock).toMatchObject({ key: 'k', keys: ['k'], fencingToken: 7, waited: 3, lockKey: 'lock:k' });
  expect([...lock.fencingTokens]).toEqual([['k', 7]]);
  expect(lock.site).toBe(site);
  expect(lock.owner).toBe(owner);
  expect([lock.lock, lock.inner, lock.loss]).toEqual([lock, undefined, undefined]);
});

it('is the lock that it is a part of, to whoever works under it', () => {
  const { lock } = heldLock();
  const whole = {} as Whole;
  expect(lock.run(() => currentLock())).toBe(lock);
  lock.whole = whole;
  expect(lock.run(() => currentLock())).toBe(whole);
});

it('keeps the waits of what is inside it', () => {
  const { lock } = heldLock();
  const wait = { site: { key: '', name: '' }, blocker: () => undefined };
  lock.waits.add(wait);
  expect([...lock.waits]).toEqual([wait]);
});

it('knows the innermost section around it that still has its lock, and forgets the others', () => {
  const outermost = section({});
  const ended = { ...section({ outer: outermost }) };
  const { lock } = heldLock({ outer: ended });
  expect(lock.outer).toBe(ended);
  Object.assign(ended, { active: false });
  expect(lock.outer).toBe(outermost);
  Object.assign(ended, { active: true });
  expect(lock.outer).toBe(outermost);
});

it('is held for as long as its lease lasts', () => {
  const { lock, environment } = heldLock();
  expect([lock.remaining, lock.held, lock.active]).toEqual([LENGTH, true, true]);
  environment.stall(LENGTH - 1);
  expect([lock.remaining, lock.held, lock.active]).toEqual([1, true, true]);
  environment.stall(1);
  expect([lock.remaining, lock.held, lock.active]).toEqual([0, false, false]);
});

describe('asked whether it lasts', () => {
  it('says so up to the time that is left', () => {
    const { lock, environment } = heldLock();
    environment.stall(LENGTH - 2);
    for (const min of [undefined, 0, 1, 2]) lock.assertHeld(min);
    expect(thrownBy(() => lock.assertHeld(3))).toMatchObject({
      code: 'LOCK_LOST',
      key: 'k',
      reason: 'short',
      held: LENGTH - 2,
    });
    environment.stall(1.5);
    lock.assertHeld(0);
    expect(thrownBy(() => lock.assertHeld())).toMatchObject({ reason: 'short' });
  });

  it('takes no bad number', () => {
    expect(() => heldLock().lock.assertHeld(-1)).toThrow(/^assertHeld: min must be/);
  });

  it('says why it is not held', async () => {
    const [lost, released, left] = [heldLock(), heldLock(), heldLock()];
    lost.lease.finish('taken');
    void released.lock.release();
    left.lock.serialize();
    for (const [{ lock }, reason] of [
      [lost, 'taken'],
      [released, 'released'],
      [left, 'handed-over'],
    ] as const) {
      expect(thrownBy(() => lock.assertHeld(0))).toMatchObject({ key: 'k', reason });
    }
    expect(() => lost.lock.assertHeld()).toThrow(lost.lock.loss);
  });
});

describe('an extension', () => {
  it('is for the ttl of the lock, or for another one', async () => {
    const { lock, extensions } = heldLock();
    expect(await lock.extend()).toBe('extended');
    expect(await lock.extend(5_000)).toBe('extended');
    expect(extensions).toEqual([TTL, 5_000]);
  });

  it('is not for what no lock may have', async () => {
    const { lock, extensions } = heldLock({ maxTtl: 5_000 });
    await lock.extend(5_000);
    expect(await rejection(lock.extend(5_001))).toBeInstanceOf(RangeError);
    expect(await rejection(lock.extend(99))).toBeInstanceOf(RangeError);
    expect(extensions).toEqual([5_000]);
  });

  it('of a lock that is lost, or given back, asks nobody', async () => {
    const [lost, released] = [heldLock(), heldLock()];
    lost.environment.stall(LENGTH);
    void released.lock.release();
    for (const { lock, extensions } of [lost, released]) {
      expect(await lock.extend()).toBe('lost');
      expect(extensions).toEqual([]);
    }
  });

  it('is nobody’s work', async () => {
    const seen: unknown[] = [];
    const extend = async () => (seen.push(currentLock()), 'extended' as const);
    const { lock } = heldLock({ grant: { extend } });
    await lock.run(() => lock.extend());
    expect(seen).toEqual([undefined]);
  });
});

describe('handed over', () => {
  it('is left to whoever gets the text, and held no more', async () => {
    const { lock, order, heard, environment } = heldLock({ maxHold: 5_000 });
    expect(readHandOver(lock.serialize())).toEqual({ key: 'k', lockKey: 'lock:k', token: TOKEN });
    expect([lock.held, lock.loss, lock.signal.aborted]).toEqual([false, undefined, false]);
    expect(await lock.release()).toBe('lost');
    expect(order).toEqual(['left', 'over']);
    expect([heard('lost'), heard('released'), environment.pending]).toEqual([[], [], []]);
  });

  it('is so once', () => {
    const { lock, order } = heldLock();
    lock.serialize();
    expect(thrownBy(() => lock.serialize())).toMatchObject({ reason: 'handed-over' });
    expect(order).toEqual(['left', 'over']);
  });

  it('is not lost when its lease ends', () => {
    const { lock, lease, order } = heldLock();
    lock.serialize();
    lease.finish('expired');
    expect([lock.loss, order]).toEqual([undefined, ['left', 'over']]);
  });

  it('is not so when it is another section’s, and stays held', () => {
    const { lock, order } = heldLock({ grant: { detach: undefined } });
    expect(() => lock.serialize()).toThrow(
      new TypeError(
        'serialize: this is the lock of the call around it, which is the one that can hand it over',
      ),
    );
    expect([lock.held, order]).toEqual([true, []]);
  });

  it('is not so when it is lost', () => {
    const { lock, environment, order } = heldLock();
    environment.stall(LENGTH);
    expect(thrownBy(() => lock.serialize())).toMatchObject({ reason: 'expired' });
    expect(order).not.toContain('left');
  });

  it('is lost to whoever works inside', async () => {
    const { lock, enter, order } = heldLock();
    await enter('inner');
    lock.serialize();
    expect(order).toEqual(['left', 'inner handed-over', 'over']);
  });

  it('is nobody’s work, and given back by nobody who is called meanwhile', async () => {
    const seen: unknown[] = [];
    const detach = (): string => {
      seen.push(currentLock(), lock.held, lock.release());
      return TOKEN;
    };
    const { lock, order } = heldLock({ grant: { detach } });
    lock.run(() => lock.serialize());
    expect(await Promise.all(seen)).toEqual([undefined, false, 'lost']);
    expect(order).toEqual(['over']);
  });
});

describe('a call from inside for the same lock', () => {
  it('goes in, one at a time, and is known while it works', async () => {
    const { lock, enter } = heldLock();
    const first = await enter('first');
    void enter('second');
    await settle();
    expect(lock.inner).toBe(first);
  });

  it('waits elsewhere when the lock is lost, inside what is around it then', async () => {
    const outer = section({});
    const { lock, enter, onward, order, lease } = heldLock({ outer });
    await enter('first');
    void enter('second');
    lease.finish('taken');
    expect(onward).toHaveLength(1);
    expect(onward[0]![0]).toBe(outer);
    expect(onward[0]![1].request.site.key).toBe('k');
    expect(order).toEqual(['first taken', 'over', 'lost']);
    expect(lock.held).toBe(false);
  });
});
