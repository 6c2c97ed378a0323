/** What becomes of a call for several locks that ends while those that have become short are extended. */
import { getEventListeners } from 'node:events';

import { deferred } from './support/deferred.js';
import { TTL } from './support/engine.js';
import { extensions, listCounter, type Part, released, TOO_LATE } from './support/list-counter.js';
import { settle } from './support/virtual-environment.js';

const alone = () => listCounter({ together: 'none' });

describe('a call whose wait ends while what it has is extended', () => {
  /** A list that is whole but for the extension of its first lock. */
  const extending = async (timeout = 300, before = 0) => {
    const world = alone();
    const abort = new AbortController();
    const answer = deferred<unknown>();
    const list = world.call(['a', 'b'], { timeout, signal: abort.signal });
    const a = await world.give('a');
    Object.assign(a, { remaining: 499, answer: answer.promise });
    const { answer: last } = await world.next('b');
    world.environment.stall(before);
    last.resolve(await lastPart(world));
    const outcome = list.then(
      () => 'granted',
      (error: unknown) => error,
    );
    await settle();
    return { ...world, abort, answer, outcome };
  };
  const lastPart = async ({ parts }: ReturnType<typeof alone>): Promise<Part> => {
    const last: Part = Object.assign(Object.create(parts[0]!) as Part, { key: 'b', remaining: TTL });
    parts.push(Object.assign(last, { released: 0, extensions: [] }));
    return last;
  };
  const NO_REPLY = { code: 'LOCK_BACKEND', key: 'a', reason: 'NO_REPLY', ownership: 'never-held' };

  it('is refused by its timeout, once, and gives back all', async () => {
    const { environment, outcome, heard, parts, abort } = await extending();
    await environment.pass(299);
    expect(heard('refused')).toEqual([]);
    await environment.pass(1);
    expect(await outcome).toMatchObject({ ...NO_REPLY, waited: 300 });
    expect(heard('refused')).toHaveLength(1);
    expect([released(parts), environment.pending]).toEqual([[1, 1], []]);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('is refused by the clock alone, too, once', async () => {
    const { environment, outcome, heard, parts, answer } = await extending();
    environment.stall(300);
    answer.resolve('extended');
    expect(await outcome).toMatchObject({ ...NO_REPLY, waited: 300 });
    expect(heard('refused')).toHaveLength(1);
    expect([released(parts), environment.pending]).toEqual([[1, 1], []]);
  });

  it('has them one moment before that', async () => {
    const { environment, outcome, answer, heard } = await extending();
    environment.stall(299);
    answer.resolve('extended');
    expect(await outcome).toBe('granted');
    expect(heard('refused')).toEqual([]);
  });

  it('is refused before it extends anything when its time is over by then', async () => {
    const { environment, outcome, parts, heard } = await extending(300, 300);
    expect(await outcome).toMatchObject({ ...TOO_LATE, key: 'a', waited: 300 });
    expect(heard('refused')).toHaveLength(1);
    expect([extensions(parts), released(parts), environment.pending]).toEqual([[0, 0], [1, 1], []]);
  });

  it.each([0, 300])('is refused with the reason of its signal (timeout %i)', async (timeout) => {
    const { abort, outcome, heard, parts } = await extending(timeout);
    abort.abort('gone');
    expect(await outcome).toBe('gone');
    expect([heard('refused').length, released(parts)]).toEqual([1, [1, 1]]);
  });

  it('either has them or is told that it was refused, in whatever moment of the answer it ends', async () => {
    const outcomes = new Set<unknown>();
    for (let moment = 0; moment < 12; moment++) {
      const { abort, answer, outcome, heard } = await extending();
      answer.resolve('extended');
      for (let turn = 0; turn < moment; turn++) await Promise.resolve();
      abort.abort('gone');
      const found = [await outcome, heard('refused').length];
      expect([
        ['granted', 0],
        ['gone', 1],
      ]).toContainEqual(found);
      outcomes.add(found[0]);
    }
    expect(outcomes.size).toBe(2);
  });
});
