/** Several locks as one: what it says of itself, and what becomes of it. */
import { LockLostError } from '../src/errors.js';
import { HeldList } from '../src/held-list.js';
import type { HeldLock } from '../src/held-lock.js';
import { deferred, rejection } from './support/deferred.js';

type Outcome = 'released' | 'extended' | 'lost' | 'unknown';
const lossOf = (key: string): LockLostError => new LockLostError({ key, reason: 'taken', held: 5 });

/** One of its locks, of which the test says what it is. */
class Part {
  readonly key: string;
  readonly fencingToken: number;
  remaining = 100;
  loss: LockLostError | undefined;
  outcome: Outcome = 'released';
  whole: HeldList | undefined;
  readonly calls: unknown[] = [];

  constructor(key: string, fencingToken: number) {
    this.key = key;
    this.fencingToken = fencingToken;
  }

  /** As its own end does it. */
  end(): void {
    this.loss = lossOf(this.key);
    this.whole?.lose(this.loss);
  }

  assertHeld(min: number): void {
    this.calls.push(['assertHeld', min]);
    if (this.remaining < min) throw lossOf(this.key);
  }

  async extend(ttl?: number): Promise<Outcome> {
    this.calls.push(['extend', ttl]);
    return this.outcome;
  }

  async release(): Promise<Outcome> {
    this.calls.push('release');
    return this.outcome;
  }

  run(work: () => unknown): unknown {
    return [this.key, work()];
  }
}

function listOf(keys = ['b', 'a', 'c'], parts = [new Part('a', 1), new Part('b', 2), new Part('c', 3)]) {
  const list = new HeldList(keys, parts as unknown as HeldLock[], 7);
  const called = (): unknown[] => parts.map(({ calls }) => calls.splice(0));
  return { list, parts, called };
}

it('has the keys as its caller gave them, and the fencing token of each', () => {
  const { list, parts } = listOf();
  expect(list.keys).toEqual(['b', 'a', 'c']);
  expect(list.key).toBe('b, a, c');
  expect([...list.fencingTokens]).toEqual([
    ['b', 2],
    ['a', 1],
    ['c', 3],
  ]);
  expect(list.waited).toBe(7);
  expect(parts.every(({ whole }) => whole === list)).toBe(true);
});

it('has no fencing token of its own, and is not handed over', () => {
  const { list } = listOf();
  expect(() => list.fencingToken).toThrow(
    new TypeError(
      'fencingToken: a lock of several keys has a token for each of them: fencingTokens.get(key)',
    ),
  );
  expect(() => list.serialize()).toThrow(
    new TypeError('serialize: a lock of several keys can not be handed over'),
  );
});

it('is held for as long as each of them is', () => {
  const { list, parts } = listOf();
  parts[1]!.remaining = 40;
  expect([list.remaining, list.held, list.loss]).toEqual([40, true, undefined]);
  parts[2]!.remaining = 0;
  expect([list.remaining, list.held]).toEqual([0, false]);
});

describe('asked whether it lasts', () => {
  it('asks each of them', () => {
    const { list, parts, called } = listOf();
    list.assertHeld(30);
    expect(called()).toEqual(Array(3).fill([['assertHeld', 30]]));
    list.assertHeld();
    expect(called()).toEqual(Array(3).fill([['assertHeld', 1]]));
    parts[1]!.remaining = 29;
    expect(() => list.assertHeld(30)).toThrow(lossOf('b'));
  });

  it('takes 0, and no bad number', () => {
    const { list, called } = listOf();
    list.assertHeld(0);
    called();
    expect(() => list.assertHeld(-1)).toThrow(/^assertHeld: min must be/);
    expect(called()).toEqual([[], [], []]);
  });

  it('throws its own loss, whatever is left of the others', () => {
    const { list, parts } = listOf();
    parts[2]!.end();
    expect(() => list.assertHeld(0)).toThrow(parts[2]!.loss);
  });
});

it('runs work inside the innermost of them', () => {
  const { list } = listOf();
  expect(list.run(() => 'done')).toEqual(['c', 'done']);
});

describe.each<[string, 'extended' | 'released', (list: HeldList) => Promise<string>]>([
  ['an extension', 'extended', (list) => list.extend(900)],
  ['a release', 'released', (list) => list.release()],
])('%s', (_, good, of) => {
  it.each<[Outcome[], Outcome]>([
    [[good, good, good], good],
    [[good, 'unknown', good], 'unknown'],
    [['unknown', good, 'lost'], 'lost'],
    [['unknown', 'unknown', 'unknown'], 'unknown'],
    [['lost', 'lost', 'lost'], 'lost'],
  ])('that comes to %j for its locks is said to be %s', async (outcomes, outcome) => {
    const { list, parts } = listOf();
    parts.forEach((part, i) => (part.outcome = outcomes[i]!));
    expect(await of(list)).toBe(outcome);
  });
});

it('extends each of them, all in one turn', async () => {
  const { list, called } = listOf();
  const extended = list.extend(900);
  expect(called()).toEqual(Array(3).fill([['extend', 900]]));
  await extended;
  void list.extend();
  expect(called()).toEqual(Array(3).fill([['extend', undefined]]));
});

describe('given back', () => {
  it('gives back each of them once, all in one turn, and always says the same', async () => {
    const { list, parts, called } = listOf();
    const first = list.release();
    expect(called()).toEqual(Array(3).fill(['release']));
    parts[0]!.outcome = 'unknown';
    expect(list.release()).toBe(first);
    expect([await first, called()]).toEqual(['released', [[], [], []]]);
  });

  it('is so at the end of an await using block, when that is done', async () => {
    const { list, parts } = listOf();
    const answer = deferred<Outcome>();
    parts[1]!.release = () => answer.promise;
    let over = false;
    const disposed = list[Symbol.asyncDispose]().then(() => (over = true));
    await new Promise(setImmediate);
    expect(over).toBe(false);
    answer.resolve('released');
    await disposed;
  });

  it('is not lost by what becomes of its locks then', async () => {
    const { list, parts } = listOf();
    const { signal } = list;
    await list.release();
    parts[1]!.end();
    expect([list.loss, signal.aborted]).toEqual([undefined, false]);
  });

  it('is lost when one of them is by then, also when nobody has told it so', () => {
    const { list, parts } = listOf();
    const { signal } = list;
    parts[1]!.loss = lossOf('b');
    void list.release();
    expect([list.loss, signal.reason]).toEqual([parts[1]!.loss, parts[1]!.loss]);
  });
});

describe('lost with one of them', () => {
  it('is lost for that reason, tells so, and gives back all, once', () => {
    const { list, parts, called } = listOf();
    const order: string[] = [];
    list.signal.addEventListener('abort', () => order.push(`told, ${called().flat().length} given back`));
    parts[1]!.end();
    expect(order).toEqual(['told, 0 given back']);
    expect(called()).toEqual(Array(3).fill(['release']));
    expect([list.loss, list.signal.reason]).toEqual([parts[1]!.loss, parts[1]!.loss]);
    expect([list.remaining, list.held]).toEqual([0, false]);
    parts[2]!.end();
    expect(list.loss).toBe(parts[1]!.loss);
    expect(called()).toEqual([[], [], []]);
  });

  it('says so to whoever asks for its signal later', () => {
    const { list, parts } = listOf();
    parts[1]!.end();
    expect(list.signal).toMatchObject({ aborted: true, reason: parts[1]!.loss });
    expect(list.signal).toBe(list.signal);
  });

  it.each<[string, (list: HeldList) => unknown]>([
    ['remaining', (list) => list.remaining],
    ['loss', (list) => list.loss],
    ['assertHeld', (list) => rejection((async () => list.assertHeld())())],
  ])('notices it when it is asked for %s, although nobody has told it', (_, ask) => {
    const { list, parts, called } = listOf();
    const { signal } = list;
    parts[1]!.loss = lossOf('b');
    ask(list);
    expect(signal.reason).toBe(parts[1]!.loss);
    expect(called()).toEqual(Array(3).fill(['release']));
  });

  it('before it was made gives back all at once', () => {
    const lost = new Part('b', 2);
    lost.loss = lossOf('b');
    const { list, called } = listOf(['a', 'b'], [new Part('a', 1), lost]);
    expect(called()).toEqual([['release'], ['release']]);
    expect([list.loss, list.signal.reason]).toEqual([lost.loss, lost.loss]);
  });

  it('is given back once when a listener of its signal gives it back', async () => {
    const { list, parts, called } = listOf();
    const outcomes: Promise<string>[] = [];
    list.signal.addEventListener('abort', () => outcomes.push(list.release()));
    for (const part of parts) part.outcome = 'lost';
    parts[0]!.end();
    expect(called()).toEqual(Array(3).fill(['release']));
    expect([await list.release(), ...(await Promise.all(outcomes))]).toEqual(['lost', 'lost']);
  });
});
