/** How a call for several locks gets them: together, or one after the other. */
import { toRedisKeys } from '../src/keys.js';
import { inOrder } from '../src/take-list.js';
import { rejection } from './support/deferred.js';
import { request } from './support/engine.js';
import { listCounter } from './support/list-counter.js';
import { inTheWay, taken } from './support/list-of-two.js';
import { GRANTED } from './support/scripted-adapter.js';
import { settle } from './support/virtual-environment.js';

const ALL = 'mutex-acquire-all';

it('asks in the order of the code units of the Redis keys', () => {
  const requestFor = (key: string) => request({ keys: toRedisKeys('lock:', key) });
  const order = inOrder(['b', '🔑', 'a', '\uffee', 'B', '10', '9'], requestFor).map(({ keys }) => keys.lock);
  expect(order).toEqual(['10', '9', 'B', 'a', 'b', '🔑', '\uffee'].map((key) => `lock:${key}`));
});

describe('together', () => {
  it('takes all in one step, each the section around the next one, and only the last one held for a time', async () => {
    const { adapter, call, asked, parts, made, heard } = listCounter();
    const list = call(['c', 'a', 'b']);
    const command = await adapter.next(ALL);
    expect(command.keys.filter((_, i) => i % 4 === 0)).toEqual(['lock:a', 'lock:b', 'lock:c']);
    await command.reply(taken(1, 2, 3));
    expect(await list).toEqual(parts);
    expect(made).toEqual([
      ['a', Infinity, undefined],
      ['b', Infinity, 'a'],
      ['c', 60_000, 'b'],
    ]);
    expect([asked, heard('refused')]).toEqual([[], []]);
    expect(parts.map(({ released, extensions }) => [released, extensions])).toEqual(Array(3).fill([0, []]));
  });

  it('as a call from inside a section, takes them inside that one', async () => {
    const { adapter, call, made } = listCounter();
    const list = call(['a', 'b'], {}, 'outer' as unknown as object);
    await (await adapter.next(ALL)).reply(taken(1, 2));
    await list;
    expect(made).toEqual([
      ['a', Infinity, 'outer'],
      ['b', 60_000, 'a'],
    ]);
  });

  it('is tried also for locks that somebody waits for, or has beside the lines, when the call does not wait', async () => {
    const { adapter, call, acquire, beside, parts } = listCounter();
    void acquire();
    await adapter.next('mutex-acquire');
    beside.add('lock:l');
    const list = call(['k', 'l'], { timeout: 0 });
    await (await adapter.next(ALL)).reply(taken(1, 2));
    expect(await list).toEqual(parts);
  });

  it.each([0, 5_000])(
    'is what a call that is over by now is refused by, before it asks (timeout %i)',
    async (timeout) => {
      const { adapter, call, heard } = listCounter();
      expect(await rejection(call(['a', 'b'], { timeout, signal: AbortSignal.abort('gone') }))).toBe('gone');
      expect([adapter.count, heard('refused').length]).toEqual([0, 1]);
    },
  );
});

describe('one after the other', () => {
  const byOne = async ({ call, give, made, parts, adapter }: ReturnType<typeof listCounter>) => {
    const before = adapter.count;
    const list = call(['l', 'k']);
    await give('k');
    await give('l');
    expect(await list).toEqual(parts);
    expect(made).toEqual([
      ['k', Infinity, undefined],
      ['l', 60_000, 'k'],
    ]);
    expect(adapter.count).toBe(before);
  };

  it('takes them where they can not be taken together', async () => {
    await byOne(listCounter({ together: 'none' }));
  });

  it('takes them when somebody of this process wants one of them', async () => {
    const world = listCounter();
    void world.acquire();
    await world.adapter.next('mutex-acquire');
    await byOne(world);
  });

  it('takes them when somebody of this process has one of them', async () => {
    const world = listCounter();
    const held = world.acquire();
    await (await world.adapter.next('mutex-acquire')).reply(GRANTED);
    await held;
    await byOne(world);
  });

  it('takes them when somebody of this process has one of them beside the lines', async () => {
    const world = listCounter();
    world.beside.add('lock:l');
    await byOne(world);
  });

  it('takes them when somebody else has one of them', async () => {
    const { adapter, call, give, parts } = listCounter();
    const list = call(['k', 'l']);
    await (await adapter.next(ALL)).reply(inTheWay(1));
    await give('k');
    await give('l');
    expect(await list).toEqual(parts);
  });

  it('gives back those that it has when one is refused, and takes no others', async () => {
    const { call, give, next, parts, asked, environment } = listCounter({ together: 'none' });
    const list = rejection(call(['a', 'b', 'c', 'd']));
    await give('a');
    await give('b');
    (await next('c')).answer.reject('refused');
    expect(await list).toBe('refused');
    await settle();
    expect(parts.map(({ released }) => released)).toEqual([1, 1]);
    expect([asked, environment.pending]).toEqual([[], []]);
  });
});

describe('a call that does not wait', () => {
  it('for a lock that this process has is refused without asking, naming who has it', async () => {
    const { adapter, acquire, call, asked, heard } = listCounter();
    const held = acquire();
    await (await adapter.next('mutex-acquire')).reply(GRANTED);
    await held;
    const error = await rejection(call(['a', 'k'], { timeout: 0 }));
    expect(error).toMatchObject({ code: 'LOCK_TIMEOUT', key: 'k', holder: 'host/1 Test.run' });
    expect(heard('busy')).toEqual([{ key: 'k', name: 'Test.list', holder: 'host/1 Test.run' }]);
    expect([adapter.count, asked]).toEqual([1, []]);
  });

  it('takes them one after the other where they can not be taken together, however long that lasts', async () => {
    const { call, give, environment, parts } = listCounter({ together: 'none' });
    const list = call(['a', 'b'], { timeout: 0 });
    environment.stall(400);
    await give('a');
    await give('b');
    expect(await list).toEqual(parts);
  });
});

describe('from inside sections that have some of the locks', () => {
  it('goes in with those first, and takes the others together inside them', async () => {
    const { call, give, adapter, around, made, parts } = listCounter();
    for (const key of ['b', 'd']) around.add(`lock:${key}`);
    const list = call(['a', 'b', 'c', 'd'], {}, 'outer' as unknown as object);
    await give('b');
    await give('d');
    const command = await adapter.next(ALL);
    expect(command.keys.filter((_, i) => i % 4 === 0)).toEqual(['lock:a', 'lock:c']);
    await command.reply(taken(1, 2));
    expect(await list).toEqual(parts);
    expect(made).toEqual([
      ['b', Infinity, 'outer'],
      ['d', Infinity, 'b'],
      ['a', Infinity, 'd'],
      ['c', 60_000, 'a'],
    ]);
  });

  it('takes the only other one by itself', async () => {
    const { call, give, adapter, around, made } = listCounter();
    around.add('lock:b');
    const list = call(['a', 'b']);
    await give('b');
    await give('a');
    await list;
    expect(made).toEqual([
      ['b', Infinity, undefined],
      ['a', 60_000, 'b'],
    ]);
    expect(adapter.count).toBe(0);
  });

  it('goes in with all of them, and holds the last one for a time', async () => {
    const { call, give, adapter, around, made } = listCounter();
    for (const key of ['a', 'b', 'c']) around.add(`lock:${key}`);
    const list = call(['a', 'b', 'c']);
    for (const key of ['a', 'b', 'c']) await give(key);
    await list;
    expect(made).toEqual([
      ['a', Infinity, undefined],
      ['b', Infinity, 'a'],
      ['c', 60_000, 'b'],
    ]);
    expect(adapter.count).toBe(0);
  });

  it('takes each of them once, also when a section is over in the moment in which it is looked at', async () => {
    const { call, give, counter, around, made } = listCounter();
    around.add('lock:a');
    const { nearest } = counter.roster;
    counter.roster.nearest = (section, lockKey) => {
      const found = nearest(section, lockKey);
      around.delete(lockKey);
      return found;
    };
    const list = call(['a', 'b']);
    await give('a');
    await give('b');
    await list;
    expect(made).toHaveLength(2);
  });

  it('is refused when it wants no reentry, naming the first of them, before it takes any', async () => {
    const { call, adapter, around, asked, heard } = listCounter();
    for (const key of ['c', 'b']) around.add(`lock:${key}`);
    const error = await rejection(call(['a', 'b', 'c'], { reentrant: false }));
    expect(error).toMatchObject({ code: 'LOCK_REENTRY', key: 'b', reason: 'own-lock', retryable: false });
    expect(heard('refused')).toEqual([{ key: 'b', name: 'Test.list', waited: 0, error }]);
    expect([asked, adapter.count]).toEqual([[], 0]);
  });

  it('that want no reentry takes others', async () => {
    const { call, adapter, parts } = listCounter();
    const list = call(['a', 'b'], { reentrant: false });
    await (await adapter.next(ALL)).reply(taken(1, 2));
    expect(await list).toEqual(parts);
  });
});
