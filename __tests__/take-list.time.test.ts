/** What becomes of a call for several locks, and of those that it has, while it waits for the others. */
import { getEventListeners } from 'node:events';

import { toRedisKeys } from '../src/keys.js';
import { inOrder, takeList } from '../src/take-list.js';
import { rejection } from './support/deferred.js';
import { request, TTL } from './support/engine.js';
import { extensions, listCounter, released, TOO_LATE } from './support/list-counter.js';
import { taken } from './support/list-of-two.js';
import { settle } from './support/virtual-environment.js';

const alone = () => listCounter({ together: 'none' });

describe('a list whose time is over when it comes to the next lock', () => {
  it('is refused by that one, once, and has nothing', async () => {
    const { call, give, environment, parts, asked, heard } = alone();
    const list = rejection(call(['a', 'b'], { timeout: 300 }));
    await settle();
    environment.stall(300);
    await give('a');
    const error = await list;
    expect(error).toMatchObject({ ...TOO_LATE, key: 'b', waited: 300 });
    expect(heard('refused')).toEqual([{ key: 'b', name: 'Test.list', waited: 300, error }]);
    expect([released(parts), asked, environment.pending]).toEqual([[1], [], []]);
  });

  it('asks for it one moment before that', async () => {
    const { call, give, environment, parts } = alone();
    const list = call(['a', 'b'], { timeout: 300 });
    await settle();
    environment.stall(299);
    await give('a');
    await give('b');
    expect(await list).toEqual(parts);
  });

  it('has all when it is over only with the last one', async () => {
    const { call, give, environment, parts } = alone();
    const list = call(['a', 'b'], { timeout: 300 });
    await give('a');
    environment.stall(300);
    await give('b');
    expect(await list).toEqual(parts);
  });

  it('counts from when the call began', async () => {
    const { call, environment } = alone();
    const error = await rejection(call(['a', 'b'], { timeout: 300, since: environment.mono - 300 }));
    expect(error).toMatchObject({ ...TOO_LATE, key: 'a', waited: 300 });
  });

  it('counts nothing when nobody says when that was', async () => {
    const { counter, give, environment } = alone();
    const requestFor = (key: string) => request({ keys: toRedisKeys('lock:', key), site: { key, name: '' } });
    const settings = { ...request(), maxHold: 9, reentrant: true, name: '' };
    const list = takeList(counter, inOrder(['a', 'b'], requestFor), settings, undefined);
    environment.stall(9_000);
    await give('a');
    await give('b');
    expect(await list).toHaveLength(2);
  });
});

describe('without extension, while it waits, what it has', () => {
  it('is extended each third of its ttl, in the background, until the list is whole', async () => {
    const { call, give, environment, parts } = alone();
    const list = call(['a', 'b', 'c']);
    await give('a');
    await give('b');
    expect([environment.pending.length, environment.pendingInForeground]).toEqual([1, 0]);
    await environment.pass(TTL / 3 - 1);
    expect(extensions(parts)).toEqual([0, 0]);
    await environment.pass(1);
    expect(parts.map(({ extensions }) => extensions)).toEqual([[TTL], [TTL]]);
    await environment.pass(TTL / 3 + 1);
    expect(extensions(parts)).toEqual([2, 2]);
    await give('c');
    await list;
    expect(environment.pending).toEqual([]);
    expect(extensions(parts)).toEqual([2, 2, 0]);
  });

  it('is not extended where it is a section’s around the call', async () => {
    const { call, give, environment, around, parts } = alone();
    around.add('lock:a');
    void call(['a', 'b', 'c']);
    await give('a');
    await give('b');
    await environment.pass(TTL / 3);
    expect(extensions(parts)).toEqual([0, 1]);
  });

  it('is extended no more when the call is refused', async () => {
    const { call, give, next, environment } = alone();
    const list = rejection(call(['a', 'b']));
    await give('a');
    (await next('b')).answer.reject('refused');
    await list;
    expect(environment.pending).toEqual([]);
  });

  it('is not extended like that when all are taken in one step', async () => {
    const { call, adapter, counter, environment, parts } = listCounter();
    const { hold } = counter;
    const answer = new Promise(() => undefined);
    Object.assign(counter, {
      hold: (...grant: Parameters<typeof hold>) => Object.assign(hold(...grant), { remaining: 1, answer }),
    });
    void call(['a', 'b']);
    await (await adapter.next('mutex-acquire-all')).reply(taken(1, 2));
    await environment.pass(TTL / 3);
    expect(extensions(parts)).toEqual([1, 1]);
  });
});

it('with extension, what it has is left to itself', async () => {
  const { call, give, environment } = alone();
  void call(['a', 'b'], { extend: true });
  await give('a');
  expect(environment.pending).toEqual([]);
});

describe('a lock of which less than minValidity is left when the list is whole', () => {
  it('is extended before the call has it; those that last are not', async () => {
    const { call, give, parts, environment } = alone();
    const abort = new AbortController();
    const list = call(['a', 'b', 'c'], { signal: abort.signal });
    (await give('a')).remaining = 499;
    (await give('b')).remaining = 500;
    await give('c');
    expect(await list).toEqual(parts);
    expect(parts.map(({ extensions }) => extensions)).toEqual([[TTL], [], []]);
    expect([released(parts), environment.pending]).toEqual([[0, 0, 0], []]);
    expect(getEventListeners(abort.signal, 'abort')).toEqual([]);
  });

  it('is not extended when it is lost; the call begins again', async () => {
    const { call, give, parts } = alone();
    const list = call(['a', 'b']);
    (await give('a')).remaining = 0;
    await give('b');
    await settle();
    expect([released(parts), extensions(parts)]).toEqual([
      [1, 1],
      [0, 0],
    ]);
    await give('a');
    await give('b');
    expect(await list).toEqual(parts.slice(2));
  });

  it('begins again when the extension did not help', async () => {
    const { call, give, parts } = alone();
    const list = call(['a', 'b']);
    const a = await give('a');
    a.remaining = 499;
    Object.assign(a, { extend: async () => 'unknown' });
    await give('b');
    await settle();
    expect(released(parts)).toEqual([1, 1]);
    await give('a');
    await give('b');
    expect(await list).toEqual(parts.slice(2));
  });

  it('is what a call is refused by that does not wait, once', async () => {
    const { call, give, parts, asked, environment, heard } = alone();
    const list = rejection(call(['b', 'a'], { timeout: 0 }));
    (await give('a')).remaining = 0;
    environment.stall(20);
    await give('b');
    const error = await list;
    expect(error).toMatchObject({ ...TOO_LATE, key: 'a', waited: 20 });
    expect(heard('refused')).toEqual([{ key: 'a', name: 'Test.list', waited: 20, error }]);
    expect([released(parts), asked, environment.pending]).toEqual([[1, 1], [], []]);
  });
});
