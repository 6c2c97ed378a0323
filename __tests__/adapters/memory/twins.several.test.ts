/** What steps for several locks, or several steps at once, answer and leave behind, in memory. */
import { memory } from '../../../src/index.js';
import { serverMemory } from '../../../src/scripts/generated.js';
import { stepsInMemory } from '../../support/steps-in-memory.js';

const MONTH = 2_592_000_000;
const keysOf = (...locks: string[]): string[] =>
  locks.flatMap((lock) => [lock, `${lock}:fence`, `${lock}:queue`, `${lock}:waiters`]);

describe('mutex-acquire-all', () => {
  const all = (world: ReturnType<typeof stepsInMemory>, token = 'me'): unknown =>
    world.run('mutex-acquire-all', [2, token, 5_000, 'who', 3], keysOf('a', 'b'));

  it('takes all locks at once, each with fencing tokens of its own', () => {
    const world = stepsInMemory();
    const { keyspace, us } = world;
    keyspace.set('b:fence', String(us() + 9));
    expect(all(world)).toEqual([1, us(), us(), us() + 10]);
    expect([keyspace.get('a'), keyspace.get('b')]).toEqual([
      'me 1000000000 1000000 who',
      'me 1000000010 1000000 who',
    ]);
    expect([keyspace.ttl('a'), keyspace.get('b:fence')]).toEqual([5_000, String(us() + 12)]);
  });

  it('takes again what it has, and waits for nobody', () => {
    const world = stepsInMemory();
    all(world);
    expect(all(world)).toEqual([1, world.us(), world.us() + 3, world.us() + 3]);
    expect(world.keyspace.keys().filter((key) => key.includes('waiters'))).toEqual([]);
  });

  it('takes nothing when one is held, and tells which one, for how long and by whom', () => {
    const world = stepsInMemory();
    world.keyspace.set('b', 'it 7 12 somebody', 700);
    expect(all(world)).toEqual([0, 1, 700, '12 somebody', world.us()]);
    expect(world.keyspace.keys()).toEqual(['b']);
    world.keyspace.set('a', 'foreign');
    expect(all(world)).toEqual([0, 0, -1, '', world.us()]);
  });

  it('leaves a free lock to who waits for it', () => {
    const world = stepsInMemory();
    const { keyspace, us } = world;
    keyspace.setField('b:waiters', 'it', `${us()} 900 1 latchkey:any:x somebody`);
    expect(all(world)).toEqual([0, 1, 900, '1000000 somebody', us()]);
    expect([keyspace.get('a'), keyspace.fields('b:waiters').size]).toEqual([null, 0]);
  });

  it('gives all back when one of them can not be taken', () => {
    const world = stepsInMemory();
    const { keyspace } = world;
    keyspace.set('b:fence', 'foreign');
    expect(() => all(world)).toThrow(/^BADFENCE/);
    expect([keyspace.get('a'), keyspace.get('b')]).toEqual([null, null]);
  });
});

describe('mutex-adopt', () => {
  const adopt = (world: ReturnType<typeof stepsInMemory>, ttl: number, heir = 'heir'): unknown =>
    world.run('mutex-adopt', ['me', ttl, 'who', heir]);

  it('passes a lock on under another token, for as long as the heir wants', () => {
    const world = stepsInMemory();
    world.acquire('me');
    expect(adopt(world, 400)).toEqual([1, world.us() + 1, world.us()]);
    expect([world.keyspace.get('lock'), world.keyspace.ttl('lock')]).toEqual([
      'heir 1000000001 1000000 who',
      400,
    ]);
  });

  it('passes it on again, and makes the heir’s lease no shorter', () => {
    const world = stepsInMemory();
    world.acquire('me');
    adopt(world, 800);
    expect(adopt(world, 400)).toEqual([1, world.us() + 2, world.us()]);
    expect(world.keyspace.ttl('lock')).toBe(800);
    adopt(world, 900);
    // As it was granted at first: the reply to that may be the one that the heir has.
    expect([world.keyspace.get('lock'), world.keyspace.ttl('lock')]).toEqual([
      'heir 1000000001 1000000 who',
      900,
    ]);
  });

  it('passes on nothing of somebody else, or nobody', () => {
    const world = stepsInMemory();
    expect(adopt(world, 400)).toEqual([0]);
    world.acquire('it');
    expect([adopt(world, 400), world.keyspace.get('lock')]).toEqual([[0], 'it 1000000000 1000000 who']);
  });
});

describe('mutex-steps', () => {
  it('does each step for its own locks, and tells of each what it answers', () => {
    const { keyspace, run, us } = stepsInMemory();
    keyspace.set('d', 'me 7 12 who', 100);
    keyspace.set('e', 'me 7 12 who', 100);
    const steps = [
      ...['mutex-acquire', 'me', 5_000, 'who', 1, ''],
      ...['mutex-acquire-all', 2, 'me', 5_000, 'who', 1],
      ...['mutex-extend', 'me', 700, 7],
      ...['mutex-adopt', 'me', 800, 'who', 'heir'],
      ...['mutex-release', 'me'],
    ];
    const taken = run('mutex-steps', steps, keysOf('a', 'b', 'c', 'd', 'e', 'a'));
    expect(taken).toEqual([[1, us(), us()], [1, us(), us(), us()], [1], [1, us(), us()], [1]]);
    expect(['a', 'b', 'c', 'd', 'e'].map((key) => keyspace.get(key))).toEqual([
      null,
      'me 1000000000 1000000 who',
      'me 1000000000 1000000 who',
      'me 7 12 who',
      'heir 1000000000 1000000 who',
    ]);
    expect([keyspace.ttl('d'), keyspace.ttl('e')]).toEqual([700, 800]);
  });

  it('goes on when one of them fails, and tells its error', () => {
    const { keyspace, run, us } = stepsInMemory();
    keyspace.set('a:fence', 'foreign');
    const steps = ['a', 'b'].flatMap(() => ['mutex-acquire', 'me', 5_000, 'who', 1, '']);
    expect(run('mutex-steps', steps, keysOf('a', 'b'))).toEqual([
      'BADFENCE what is at the fence key is no fencing token',
      [1, us(), us()],
    ]);
  });
});

describe('quorum-acquire', () => {
  const acquire = (world: ReturnType<typeof stepsInMemory>, longest: number): unknown =>
    world.run('quorum-acquire', ['me', 5_000, 'who', 1, longest], [...keysOf('lock'), 'memory']);
  const quarantine = (ms: number): Error =>
    new Error(`QUARANTINE the server was started empty and grants nothing for ${ms} ms`);

  it('grants at once where no lease can be forgotten, and notes for a month since when it is there', () => {
    const world = stepsInMemory();
    expect(acquire(world, 0)).toEqual([1, world.us(), world.us()]);
    expect([world.keyspace.get('memory'), world.keyspace.ttl('memory')]).toEqual(['1000000', MONTH]);
  });

  it('grants nothing until the longest lease is over that it may have forgotten', () => {
    const world = stepsInMemory();
    expect(() => acquire(world, 100)).toThrow(quarantine(100));
    world.clock.now += 99;
    expect(() => acquire(world, 100)).toThrow(quarantine(1));
    world.clock.now += 1;
    expect(acquire(world, 100)).toEqual([1, world.us(), world.us()]);
  });

  it.each(['foreign', '12x', 'x12', '1000001'])('begins anew where something else is noted: %s', (noted) => {
    const world = stepsInMemory();
    world.keyspace.set('memory', noted);
    expect(() => acquire(world, 100)).toThrow(quarantine(100));
    expect(world.keyspace.get('memory')).toBe('1000000');
  });

  it('keeps its note for another month when half of one is over', () => {
    const world = stepsInMemory();
    for (const [left, then] of [
      [MONTH / 2, MONTH / 2],
      [MONTH / 2 - 1, MONTH],
    ] as const) {
      world.keyspace.set('memory', '999999', left);
      acquire(world, 1);
      expect([world.keyspace.get('memory'), world.keyspace.ttl('memory')]).toEqual(['999999', then]);
    }
  });

  it('lets nobody wait in a queue', () => {
    const world = stepsInMemory();
    world.keyspace.set('lock', 'it 7 12 somebody');
    expect(acquire(world, 0)).toEqual([0, -1, '12 somebody', world.us()]);
    expect(world.keyspace.fields('lock:waiters').size).toBe(0);
  });
});

it('server-memory: nothing is ever thrown away, and there is no nonce', async () => {
  expect(await memory().run(serverMemory, [], [])).toEqual([0, 'noeviction']);
});
