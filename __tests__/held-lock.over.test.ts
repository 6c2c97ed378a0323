/** How a lock that is held ends: lost, or given back. */
import { currentLock } from '../src/context.js';
import type { Whole } from '../src/holding.js';
import { heldLock } from './support/held.js';
import { settle } from './support/virtual-environment.js';

const LENGTH = 978;

/** What it is a part of, which hears of its loss. */
const wholeOf = ({ lock, order }: ReturnType<typeof heldLock>) => {
  const losses: unknown[] = [];
  lock.whole = { lose: (loss: unknown) => (order.push('whole'), losses.push(loss)) } as unknown as Whole;
  return losses;
};

describe('lost', () => {
  it('ends what works inside, is nobody’s then, and tells so: by its event, by its signal and to its whole', async () => {
    const world = heldLock({ maxHold: 5_000 });
    const { lock, lease, order, enter, heard, environment } = world;
    const losses = wholeOf(world);
    await enter('inner');
    lock.signal.addEventListener('abort', () => order.push('signal'));
    environment.stall(5);
    lease.finish('taken');
    expect(order).toEqual(['inner taken', 'over', 'lost', 'signal', 'whole']);
    expect(heard('lost')).toEqual([{ key: 'k', name: 'Test.run', reason: 'taken', held: 5 }]);
    expect(lock.loss).toMatchObject({ code: 'LOCK_LOST', key: 'k', reason: 'taken', held: 5 });
    expect([lock.signal.reason, ...losses]).toEqual([lock.loss, lock.loss]);
    expect(environment.pending).toEqual([]);
  });

  it('is so once, for the first reason', () => {
    const { lock, order } = heldLock();
    lock.lose('closed');
    lock.lose('max-hold');
    expect([lock.loss?.reason, order]).toEqual(['closed', ['over', 'lost']]);
  });

  it('says so to whoever asks for its signal later', () => {
    const { lock } = heldLock();
    lock.lose('closed');
    expect([lock.signal.aborted, lock.signal.reason]).toEqual([true, lock.loss]);
  });

  it.each<[string, (lock: ReturnType<typeof heldLock>['lock']) => unknown]>([
    ['looks', (lock) => lock.look()],
    ['asks whether it is held', (lock) => lock.held],
    ['asks for the loss', (lock) => lock.loss],
    ['asks for the signal', (lock) => lock.signal],
    ['gives it back', (lock) => lock.release()],
  ])('by the clock alone, is so when somebody %s, and not before', (_, ask) => {
    const { lock, environment, order, heard } = heldLock();
    environment.stall(LENGTH - 1);
    lock.look();
    environment.stall(1);
    expect(order).toEqual([]);
    ask(lock);
    expect(order.slice(0, 2)).toEqual(['over', 'lost']);
    expect(heard('lost')).toEqual([{ key: 'k', name: 'Test.run', reason: 'expired', held: LENGTH }]);
    expect(lock.signal.reason).toMatchObject({ reason: 'expired' });
  });

  it('is found so by a lock that came later than the end of its lease', () => {
    const world = heldLock();
    world.lease.finish('taken');
    const late = heldLock({ grant: world.grant });
    expect(late.lock.held).toBe(false);
    expect(late.order).toEqual(['over', 'lost']);
    expect(late.lock.loss).toMatchObject({ reason: 'taken' });
  });

  it('is not so by a wall clock that is set back while somebody looks', () => {
    const { lock, environment, order } = heldLock();
    let readings = 0;
    Object.assign(environment.clock, { wall: () => environment.wall + (readings++ === 0 ? 60_000 : 0) });
    lock.look();
    expect([lock.held, order]).toEqual([true, []]);
  });

  it.each<[string, (lock: ReturnType<typeof heldLock>['lock']) => unknown]>([
    ['lost', (lock) => lock.lose('closed')],
    ['given back', (lock) => void lock.release()],
  ])('does not bring about the end of a lease that is not its own any more when it is %s', (_, end) => {
    const { lock, lease, environment } = heldLock();
    end(lock);
    let ended = false;
    lease.onEnd(() => (ended = true));
    environment.stall(LENGTH);
    lock.look();
    expect(ended).toBe(false);
  });

  it('is told to nobody as the work of who looked', () => {
    const { lock, environment, engine } = heldLock();
    const seen: unknown[] = [];
    engine.events.on('lost', () => seen.push(currentLock()));
    environment.stall(LENGTH);
    lock.run(() => lock.look());
    expect(seen).toEqual([undefined]);
  });

  it('is given back all the same, and a locker that closes waits for that', async () => {
    const { lock, lease, order, answer, engine, heard, environment } = heldLock();
    lease.finish('taken');
    environment.stall(3);
    const released = lock.release();
    let finished = false;
    const finish = engine.cleanup.finish().then(() => (finished = true));
    await settle();
    expect([finished, order]).toEqual([false, ['over', 'lost', 'given back']]);
    answer.resolve('lost');
    expect(await released).toBe('lost');
    await finish;
    expect(heard('released')).toEqual([{ key: 'k', name: 'Test.run', held: 3, outcome: 'lost' }]);
  });

  it('is given back once when a listener of its loss gives it back', async () => {
    const { lock, environment, order, answer, engine } = heldLock();
    const outcomes: Promise<string>[] = [];
    engine.events.on('lost', () => outcomes.push(lock.release()));
    environment.stall(LENGTH);
    outcomes.push(lock.release());
    answer.resolve('lost');
    expect(await Promise.all(outcomes)).toEqual(['lost', 'lost']);
    expect(order.filter((what) => what === 'given back')).toHaveLength(1);
  });
});

describe('held for as long as it may be', () => {
  it('is lost and given back then, by a timer that keeps no process alive', async () => {
    const { environment, order, heard, answer, lock } = heldLock({ maxHold: 500 });
    expect([environment.pending, environment.pendingInForeground]).toEqual([[500], 0]);
    await environment.pass(499);
    expect(order).toEqual([]);
    await environment.pass(1);
    expect(order).toEqual(['over', 'lost', 'given back']);
    expect(heard('lost')).toEqual([{ key: 'k', name: 'Test.run', reason: 'max-hold', held: 500 }]);
    answer.resolve('released');
    expect(await lock.release()).toBe('released');
  });

  it('is never so without such a limit', () => {
    expect(heldLock().environment.pending).toEqual([]);
  });
});

describe('given back', () => {
  it('is held no more at once, and nobody’s when that is answered', async () => {
    const world = heldLock({ maxHold: 5_000 });
    const { lock, order, answer, enter, environment, heard } = world;
    const losses = wholeOf(world);
    await enter('inner');
    environment.stall(20);
    const released = lock.release();
    expect([lock.held, lock.remaining, lock.loss]).toEqual([false, 0, undefined]);
    expect(order).toEqual(['inner released', 'given back']);
    environment.stall(5);
    answer.resolve('unknown');
    expect(await released).toBe('unknown');
    expect(order).toEqual(['inner released', 'given back', 'released', 'over']);
    expect(heard('released')).toEqual([{ key: 'k', name: 'Test.run', held: 25, outcome: 'unknown' }]);
    expect([losses, environment.pending, lock.signal.aborted]).toEqual([[], [], false]);
  });

  it('is so to whoever came in meanwhile', async () => {
    const { lock, order, answer, enter } = heldLock();
    const released = lock.release();
    await enter('late');
    answer.resolve('released');
    await released;
    expect(order).toEqual(['given back', 'released', 'late released', 'over']);
  });

  it('is not lost by what becomes of its lease, or by its locker', async () => {
    const { lock, order, answer, environment } = heldLock();
    const released = lock.release();
    environment.stall(LENGTH);
    expect([lock.held, lock.loss]).toEqual([false, undefined]);
    lock.lose('closed');
    answer.resolve('released');
    await released;
    expect([lock.loss, order]).toEqual([undefined, ['given back', 'released', 'over']]);
  });

  it('is so once, and always says the same', async () => {
    const { lock, answer, order } = heldLock();
    const released = lock.release();
    expect(lock.release()).toBe(released);
    answer.resolve('released');
    await released;
    expect(await lock.release()).toBe('released');
    expect(order).toEqual(['given back', 'released', 'over']);
  });

  it('is so once when whoever is ended by that gives it back, too', async () => {
    const world = heldLock();
    const { lock, answer, order } = world;
    const outcomes: Promise<string>[] = [];
    const again = heldLock({
      grant: {
        ...world.grant,
        release: () => {
          outcomes.push(again.lock.release());
          return world.grant.release();
        },
      },
    });
    outcomes.push(again.lock.release());
    answer.resolve('released');
    expect(await Promise.all(outcomes)).toEqual(['released', 'released']);
    expect([order, again.order]).toEqual([['given back'], ['released', 'over']]);
    expect(lock.held).toBe(true);
  });

  it('is nobody’s work, and nothing that a locker which closes would wait for besides', async () => {
    const seen: unknown[] = [];
    const release = async () => (seen.push(currentLock()), 'released' as const);
    const { lock, engine } = heldLock({ grant: { release } });
    await lock.run(() => lock.release());
    expect(seen).toEqual([undefined]);
    const held = heldLock();
    void held.lock.release();
    await held.engine.cleanup.finish();
    await engine.cleanup.finish();
    expect(held.order).toEqual(['given back']);
  });

  it('is so at the end of an await using block, when that is done', async () => {
    const { lock, answer, order } = heldLock();
    const disposed = lock[Symbol.asyncDispose]().then(() => order.push('disposed'));
    await settle();
    expect(order).toEqual(['given back']);
    answer.resolve('released');
    await disposed;
    expect(order).toEqual(['given back', 'released', 'over', 'disposed']);
  });
});
