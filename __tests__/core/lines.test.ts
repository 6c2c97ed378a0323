/** The lines of a locker together: who counts as waiting, and which lines there are. */
import { Waiter } from '../../src/core/waiter.js';
import { rejection } from '../support/deferred.js';
import { KEYS, request, scriptedEngine } from '../support/engine.js';
import { busy, GRANTED } from '../support/scripted-adapter.js';
import { settle } from '../support/virtual-environment.js';

const FULL = { code: 'LOCK_QUEUE_FULL', key: 'k' };

/** Lines in which `maxWaiters` may wait, and what has become of those who came. */
function world(maxWaiters = 1_000) {
  const made = scriptedEngine({ maxWaiters });
  const { engine, lines } = made;
  const answered: string[] = [];
  const waiter = (name = 'Test.run', signal?: AbortSignal): Waiter => {
    const one = new Waiter(engine, request({ site: { key: 'k', name }, signal }));
    one.granted.then(
      () => answered.push(`${name} in`),
      () => answered.push(`${name} refused`),
    );
    return one;
  };
  const gone = (name: string): Waiter => waiter(name, AbortSignal.abort('gone'));
  const join = (one: Waiter): Waiter => {
    lines.join(one);
    return one;
  };
  return { ...made, answered, waiter, gone, join };
}

describe('who waits counts', () => {
  it('once, also when it goes from one place to another', async () => {
    const { lines, waiter, join } = world(2);
    const one = waiter();
    expect([lines.admit(one), one.counted]).toEqual([true, true]);
    expect(lines.admit(one)).toBe(true);
    join(one);
    const other = waiter();
    expect(lines.admit(other)).toBe(true);
    const third = waiter();
    expect([lines.admit(third), third.counted]).toEqual([false, false]);
    expect(await rejection(third.granted)).toMatchObject(FULL);
  });

  it('as one also when it is answered: it makes room for one more, and not for two', async () => {
    const { lines, waiter } = world(1);
    const one = waiter();
    lines.admit(one);
    lines.admit(one);
    one.refuseWith(new Error('enough'));
    await settle();
    expect([lines.admit(waiter()), lines.admit(waiter())]).toEqual([true, false]);
  });

  it('until it is granted or refused, and not longer', async () => {
    const abort = new AbortController();
    const { adapter, waiter, join, answered } = world(2);
    join(waiter('one'));
    join(waiter('two', abort.signal));
    join(waiter('three'));
    await settle();
    abort.abort('gone');
    await settle();
    join(waiter('four'));
    join(waiter('five'));
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    join(waiter('six'));
    join(waiter('seven'));
    await settle();
    expect(answered).toEqual([
      ...['three refused', 'two refused', 'five refused'],
      ...['one in', 'seven refused'],
    ]);
  });

  it('not when it is refused, which leaves no line', async () => {
    const { lines, waiter, join, adapter } = world(0);
    const { granted } = join(waiter());
    expect(await rejection(granted)).toMatchObject(FULL);
    expect([lines.size, lines.has(KEYS.lock), adapter.count]).toEqual([0, false, 0]);
  });
});

it('know which locks are wanted or held', async () => {
  const { lines, waiter, join, adapter } = world();
  expect([lines.has(KEYS.lock), lines.size]).toEqual([false, 0]);
  const { granted } = join(waiter());
  expect([lines.has(KEYS.lock), lines.has('lock:other'), lines.size]).toEqual([true, false, 1]);
  await (await adapter.next('mutex-acquire')).reply(GRANTED);
  expect(lines.has(KEYS.lock)).toBe(true);
  void (await granted).release();
  expect([lines.has(KEYS.lock), lines.size]).toEqual([false, 0]);
});

it('know nothing of locks that nobody wants', () => {
  const { lines } = world();
  expect([lines.holder(KEYS.lock), lines.occupant(KEYS.lock)]).toEqual([undefined, undefined]);
});

describe('at the news that a caller is refused', () => {
  it('whoever comes for its lock waits in the line that is there then', async () => {
    const { engine, lines, gone, waiter, join, answered, adapter } = world();
    const off = engine.events.on('refused', () => {
      off();
      // The first leaves no line behind, and the second one makes another.
      join(gone('two'));
      join(waiter('three'));
    });
    join(gone('one'));
    expect([lines.has(KEYS.lock), lines.size]).toEqual([true, 1]);
    join(waiter('four'));
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    expect(answered).toEqual(['two refused', 'one refused', 'three in']);
    expect([adapter.count, lines.size]).toEqual([1, 1]);
  });

  it('whoever comes for its lock finds a line in order, also when Redis refuses for good', async () => {
    const { engine, lines, waiter, join, answered, adapter } = world();
    const off = engine.events.on('refused', () => {
      off();
      join(waiter('again'));
    });
    join(waiter('one'));
    join(waiter('two'));
    await (await adapter.next('mutex-acquire')).fail(new Error('NOPERM no right'));
    expect([lines.has(KEYS.lock), lines.size]).toEqual([true, 1]);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    expect(answered).toEqual(['one refused', 'two refused', 'again in']);
  });

  it('whoever comes for its lock waits, when it was the last one and has left', async () => {
    const abort = new AbortController();
    const { engine, lines, waiter, join, answered, adapter } = world();
    const off = engine.events.on('refused', () => {
      off();
      join(waiter('again'));
    });
    join(waiter('one', abort.signal));
    await (await adapter.next('mutex-acquire')).reply(busy());
    abort.abort('gone');
    expect([lines.has(KEYS.lock), lines.size]).toEqual([true, 1]);
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    expect(answered).toEqual(['one refused', 'again in']);
  });
});
