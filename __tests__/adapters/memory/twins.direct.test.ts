/** What single steps answer and leave behind, in memory. That scripts do the same is shown on a real server. */
import { stepsInMemory } from '../../support/steps-in-memory.js';

const DAY = 86_400_000;

describe('mutex-acquire', () => {
  it('takes a free lock, and as many fencing tokens as were asked for, which stay for a day', () => {
    const { keyspace, acquire, us } = stepsInMemory();
    expect(acquire('a', { count: 11, who: 'host name' })).toEqual([1, us(), us()]);
    expect([keyspace.get('lock'), keyspace.ttl('lock')]).toEqual(['a 1000000000 1000000 host name', 5_000]);
    expect([keyspace.get('fence'), keyspace.ttl('fence')]).toEqual([String(us() + 10), DAY]);
  });

  it('makes a lease longer and never shorter when it is asked for again, with new fencing tokens', () => {
    const { clock, keyspace, acquire, us } = stepsInMemory();
    acquire('a', { count: 5_000 });
    clock.now += 1;
    expect(acquire('a', { ttl: 100 })).toEqual([1, us() + 4_000, us()]);
    expect(keyspace.ttl('lock')).toBe(4_999);
    acquire('a', { ttl: 6_000 });
    expect(keyspace.ttl('lock')).toBe(6_000);
  });

  it('tells who has it and for how long, and notes who waits where they can be told', () => {
    const { clock, keyspace, acquire, us } = stepsInMemory();
    acquire('a');
    clock.now += 10;
    const busy = [0, 4_990, '1000000 who', us()];
    expect([acquire('b'), [...keyspace.fields('waiters')]]).toEqual([busy, []]);
    expect(acquire('b', { channel: 'x', who: 'b it is', count: 3 })).toEqual(busy);
    expect([...keyspace.fields('waiters')]).toEqual([['b', `${us() + 3_000_000} 5000 3 x b it is`]]);
    expect(keyspace.ttl('waiters')).toBe(3_000);
  });

  it.each([
    ['foreign', ''],
    ['bb 1', ''],
    ['bb 1 who', ''],
    ['x 7 1 who', '1 who'],
    ['x 7 1', ''],
    ['x who 7 1', ''],
    ['é of somebody', ''],
    ['12', ''],
  ])('tells nothing of a value that is not ours: %j', (value, holder) => {
    const { keyspace, acquire, us } = stepsInMemory();
    keyspace.set('lock', value);
    expect(acquire('b')).toEqual([0, -1, holder, us()]);
  });

  it('gives a lock that has run out to who waits for it first, and not to who comes now', () => {
    const { clock, keyspace, told, acquire, listen, us } = stepsInMemory();
    listen('x');
    acquire('a', { ttl: 1_000 });
    acquire('b', { channel: 'x', count: 2 });
    clock.now += 1_000;
    expect(acquire('c')).toEqual([0, 5_000, '1001000 who', us()]);
    expect(keyspace.get('lock')).toBe('b 1001000000 1001000 who');
    expect([...keyspace.fields('waiters')]).toEqual([]);
    expect(told).toEqual([]);
  });

  it('gives it to who waits first and asks again, also when its time to wait is over', () => {
    const { clock, keyspace, acquire, us } = stepsInMemory();
    acquire('a', { ttl: 2_000 });
    acquire('b', { channel: 'x' });
    clock.now += 2_000;
    expect(acquire('b')).toEqual([1, us(), us()]);
    expect([...keyspace.fields('waiters')]).toEqual([]);
  });

  it.each(['x'.repeat(20), '9000000000000001', '-1', '1.5', ''])('refuses a fence with %j', (value) => {
    const { keyspace, acquire } = stepsInMemory();
    keyspace.set('fence', value);
    expect(() => acquire('a')).toThrow(new Error('BADFENCE what is at the fence key is no fencing token'));
    keyspace.set('fence', '9000000000000000');
    expect(acquire('a')).toEqual([1, 9_000_000_000_000_001, expect.any(Number)]);
  });
});

describe('mutex-release', () => {
  const queued = (channel: string, ttl = 5_000) => {
    const world = stepsInMemory();
    world.acquire('a');
    world.acquire('b', { channel, ttl, count: 2 });
    world.acquire('c', { channel: 'latchkey:any:c', ttl });
    return world;
  };
  const handedTo = ({ keyspace, run }: ReturnType<typeof stepsInMemory>) => {
    expect(run('mutex-release', ['a'])).toEqual([1]);
    return [keyspace.get('lock'), keyspace.ttl('lock'), [...keyspace.fields('waiters').keys()]];
  };

  it('gives back what is one’s own, and nothing else', () => {
    const { keyspace, acquire, run } = stepsInMemory();
    acquire('a');
    expect([run('mutex-release', ['b']), run('mutex-release', ['']), keyspace.get('lock')]).toEqual([
      [0],
      [0],
      'a 1000000000 1000000 who',
    ]);
    expect([run('mutex-release', ['a']), keyspace.get('lock'), run('mutex-release', ['a'])]).toEqual([
      [1],
      null,
      [0],
    ]);
  });

  it('hands over to the first who listens, with a message of lease, fencing token and time', async () => {
    const world = queued('x');
    world.listen('x');
    expect(handedTo(world)).toEqual(['b 1000000001 1000000 who', 5_000, ['c']]);
    await Promise.resolve();
    expect(world.told).toEqual([`b 5000 ${world.us() + 1} ${world.us()}`]);
    expect(world.keyspace.get('fence')).toBe(String(world.us() + 2));
  });

  it.each([
    [5_000, 2_000],
    [2_000, 2_000],
    [1_000, 1_000],
  ])('passes over who does not listen, and gives who may listen %d ms for %d ms', (asked, given) => {
    expect(handedTo(queued('x', asked))).toEqual(['c 1000000003 1000000 who', given, ['b']]);
  });

  it('forgets who has waited too long, to the microsecond', () => {
    const world = queued('x');
    world.listen('x');
    world.clock.now += 3_000 - 1;
    world.keyspace.expire('waiters', 5_000);
    world.clock.now += 1;
    expect(handedTo(world)[0]).toBe('b 1003000000 1003000 who');
    const late = queued('x');
    late.listen('x');
    late.keyspace.expire('waiters', 5_000);
    late.clock.now += 3_000.001;
    expect(handedTo(late)).toEqual([null, -2, []]);
  });

  it('forgets a note that it can not read', () => {
    const world = queued('x');
    world.keyspace.setField('waiters', 'b', 'nonsense');
    expect(handedTo(world)[0]).toBe('c 1000000001 1000000 who');
    expect(world.keyspace.fields('waiters').size).toBe(0);
  });

  it('frees the lock when the queue or the fence is of no use', () => {
    const world = queued('x');
    world.listen('x');
    world.keyspace.set('fence', 'foreign');
    expect(handedTo(world)).toEqual([null, -2, ['b', 'c']]);
    const other = queued('x');
    other.keyspace.set('waiters', 'foreign');
    expect(other.run('mutex-release', ['a'])).toEqual([1]);
    expect(other.keyspace.get('lock')).toBeNull();
  });
});

describe('mutex-extend', () => {
  const extend = ({ run }: ReturnType<typeof stepsInMemory>, token: string, ttl: number, fence: number) =>
    run('mutex-extend', [token, ttl, fence]);

  it('makes a lease of one’s own longer, and never shorter', () => {
    const world = stepsInMemory();
    const { keyspace, acquire, run, us } = world;
    acquire('a');
    expect([extend(world, 'b', 9_000, us()), extend(world, 'a', 100, us())]).toEqual([[0], [1]]);
    expect(keyspace.ttl('lock')).toBe(5_000);
    expect([extend(world, 'a', 9_000, us()), keyspace.ttl('lock')]).toEqual([[1], 9_000]);
    keyspace.setField('hash', 'a', 'value');
    expect(run('mutex-extend', ['a', 100, us()], ['hash'])).toEqual([0]);
  });

  it('makes a lease longer that was granted with a lower fencing token, of which another reply has told', () => {
    const world = stepsInMemory();
    world.acquire('a');
    world.acquire('a');
    expect(extend(world, 'a', 100, world.us())).toEqual([1]);
    expect(extend(world, 'a', 100, world.us() + 1)).toEqual([1]);
  });

  it('gives back what was granted anew, to who waits for it', () => {
    const world = stepsInMemory();
    const { keyspace, acquire, us } = world;
    acquire('a');
    acquire('b', { channel: 'latchkey:any:b', ttl: 1_000 });
    expect([extend(world, 'a', 9_000, us() - 1), keyspace.get('lock')]).toEqual([
      [0],
      'b 1000000001 1000000 who',
    ]);
    expect([extend(world, 'b', 9_000, us()), keyspace.get('lock')]).toEqual([[0], null]);
    expect(extend(world, 'b', 9_000, us())).toEqual([0]);
  });

  it.each(['a who', 'a 7', 'a x7 8'])(
    'makes %j longer, of which it does not know how it was granted',
    (value) => {
      const world = stepsInMemory();
      world.keyspace.set('lock', value, 100);
      expect([extend(world, 'a', 9_000, 1), world.keyspace.ttl('lock')]).toEqual([[1], 9_000]);
    },
  );
});

it('mutex-raise raises the fence of one’s own lock, and never lowers it', () => {
  const { keyspace, acquire, run, us } = stepsInMemory();
  acquire('a');
  expect([run('mutex-raise', ['b', us() + 9]), keyspace.get('fence')]).toEqual([[0], String(us())]);
  expect([run('mutex-raise', ['a', us() - 1]), keyspace.get('fence')]).toEqual([[1], String(us())]);
  keyspace.expire('fence', 5);
  expect([run('mutex-raise', ['a', us()]), keyspace.ttl('fence')]).toEqual([[1], 5]);
  expect([run('mutex-raise', ['a', us() + 9]), keyspace.get('fence'), keyspace.ttl('fence')]).toEqual([
    [1],
    String(us() + 9),
    DAY,
  ]);
});
