/** Who is let in of the calls from inside a section for the lock that the section has. */
import { rejection } from '../support/deferred.js';
import { section, worker } from '../support/nested.js';
import { settle } from '../support/virtual-environment.js';

it('lets the first call in at once, under the lease and the token of the section, and asks Redis nothing', async () => {
  const { call, outer, adapter, environment, told } = await section();
  environment.stall(10);
  const inner = await call('a');
  expect(inner.lease).toBe(outer.lease);
  expect(inner.extend).toBe(outer.extend);
  expect(inner).toMatchObject({ fencingToken: outer.fencingToken, waited: 0, detach: undefined });
  expect([adapter.count, told]).toEqual([1, []]);
});

it('lets calls in one at a time, in their order', async () => {
  const { call, answered } = await section();
  const [a, b, c] = [call('a'), call('b'), call('c')];
  await settle();
  expect(answered).toEqual(['a in']);
  expect(await (await a).release()).toBe('released');
  await settle();
  expect(answered).toEqual(['a in', 'b in']);
  expect(await (await b).release()).toBe('released');
  expect(await (await c).release()).toBe('released');
  await call('d');
  expect(answered).toEqual(['a in', 'b in', 'c in', 'd in']);
});

it('tells each who waits, once, who was inside when it came', async () => {
  const { call, heard } = await section();
  const a = await call('a');
  const b = call('b');
  void call('c');
  const waits = [
    { key: 'k', name: 'b', holder: 'host/1 a' },
    { key: 'k', name: 'c', holder: 'host/1 a' },
  ];
  expect(heard('waiting')).toEqual(waits);
  void a.release();
  await b;
  void call('d');
  expect(heard('waiting')).toEqual([...waits, { key: 'k', name: 'd', holder: 'host/1 b' }]);
});

it('refuses a try at once while somebody is inside, naming who it is', async () => {
  const { call, answered, heard } = await section();
  const a = await call('a');
  const tried = rejection(call('try', { timeout: 0 }));
  await settle();
  expect(answered).toEqual(['a in', 'try refused']);
  expect(await tried).toMatchObject({ code: 'LOCK_TIMEOUT', holder: 'host/1 a', heldFor: undefined });
  expect(heard('busy')).toEqual([{ key: 'k', name: 'try', holder: 'host/1 a' }]);
  void a.release();
  await call('again', { timeout: 0 });
});

it('refuses who would wait when too many do, until one of them is answered', async () => {
  const { call, answered } = await section({ maxWaiters: 1 });
  const a = await call('a');
  const b = call('b');
  expect(await rejection(call('c'))).toMatchObject({ code: 'LOCK_QUEUE_FULL' });
  expect(answered).toEqual(['a in', 'c refused']);
  void a.release();
  void (await b).release();
  void (await call('d')).release();
  expect(answered).toEqual(['a in', 'c refused', 'b in', 'd in']);
});

describe('a call whose wait has ended before it comes', () => {
  it('is not let in, and is in nobody’s way', async () => {
    const { call, answered, environment, adapter } = await section();
    expect(await rejection(call('aborted', { signal: AbortSignal.abort('gone') }))).toBe('gone');
    const late = await rejection(call('late', { timeout: 100, since: environment.mono - 100 }));
    expect(late).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NO_REPLY' });
    await call('next');
    expect(answered).toEqual(['aborted refused', 'late refused', 'next in']);
    expect(adapter.count).toBe(1);
  });

  it('does not wait while somebody is inside', async () => {
    const { call, answered, heard } = await section();
    await call('a');
    const aborted = rejection(call('aborted', { signal: AbortSignal.abort('gone') }));
    await settle();
    expect(answered).toEqual(['a in', 'aborted refused']);
    expect(await aborted).toBe('gone');
    expect(heard('waiting')).toEqual([]);
    expect(heard('refused')).toHaveLength(1);
  });
});

describe('while the locker closes', () => {
  it('lets in whoever finds nobody inside', async () => {
    const { call, engine } = await section();
    engine.closing.begin();
    void (await call('a')).release();
    void (await call('try', { timeout: 0 })).release();
    await call('b');
  });

  it('refuses whoever finds somebody inside', async () => {
    const { call, engine, answered, heard } = await section();
    engine.closing.begin();
    await call('a');
    const refused = rejection(call('b'));
    await settle();
    expect(answered).toEqual(['a in', 'b refused']);
    expect(await refused).toMatchObject({ code: 'LOCK_CLOSED' });
    expect(heard('refused')).toHaveLength(1);
  });

  it('refuses those who wait already', async () => {
    const { call, engine, answered } = await section();
    const a = await call('a');
    const [b, c] = [rejection(call('b')), rejection(call('c'))];
    engine.closing.begin();
    expect([await b, await c]).toMatchObject([{ code: 'LOCK_CLOSED' }, { code: 'LOCK_CLOSED' }]);
    expect(await a.release()).toBe('released');
    await settle();
    expect(answered).toEqual(['a in', 'b refused', 'c refused']);
  });
});

describe('one who waits and leaves', () => {
  it('is refused with the reason of its signal, and the next one takes its turn', async () => {
    const { call, answered, heard } = await section();
    const abort = new AbortController();
    const a = await call('a');
    const b = rejection(call('b', { signal: abort.signal }));
    void call('c');
    abort.abort('gone');
    expect(await b).toBe('gone');
    void a.release();
    await settle();
    expect(answered).toEqual(['a in', 'b refused', 'c in']);
    expect(heard('refused')).toHaveLength(1);
  });

  it('is told who was inside when its timeout has passed', async () => {
    const { call, answered, environment } = await section();
    const a = await call('a');
    const b = rejection(call('b', { timeout: 100 }));
    await environment.pass(99);
    expect(answered).toEqual(['a in']);
    await environment.pass(1);
    expect(answered).toEqual(['a in', 'b refused']);
    expect(await b).toMatchObject({ code: 'LOCK_TIMEOUT', waited: 100, holder: 'host/1 a' });
    expect(await a.release()).toBe('released');
    await call('c');
  });

  it('is passed over when its timeout has passed by the clock alone', async () => {
    const { call, answered, environment, heard } = await section();
    const a = await call('a');
    const [b, c] = [call('b', { timeout: 100 }), call('c', { timeout: 100 })].map(rejection);
    void call('d');
    environment.stall(100);
    void a.release();
    const refusal = { code: 'LOCK_TIMEOUT', holder: 'host/1 a' };
    expect([await b, await c]).toMatchObject([refusal, refusal]);
    await settle();
    expect(answered).toEqual(['a in', 'b refused', 'c refused', 'd in']);
    expect(heard('refused')).toHaveLength(2);
  });
});

it('stays taken for whoever comes at the news that another one leaves, until the next one is in', async () => {
  const { call, answered, environment, engine } = await section();
  const a = await call('a');
  const b = rejection(call('b', { timeout: 100 }));
  const c = call('c');
  engine.events.on('refused', () => void call('again'));
  environment.stall(100);
  void a.release();
  await b;
  await settle();
  expect(answered).toEqual(['a in', 'b refused', 'c in']);
  void (await c).release();
  await settle();
  expect(answered).toEqual(['a in', 'b refused', 'c in', 'again in']);
});

it('knows who works inside, as far as it has told, and only while it does', async () => {
  const { call, nesting } = await section();
  const [one, other] = [worker(), worker()];
  expect(nesting.inner).toBeUndefined();
  const a = await call('a');
  const waiting = call('b');
  a.contain!(one);
  expect(nesting.inner).toBe(one);
  void a.release();
  expect(nesting.inner).toBeUndefined();
  const b = await waiting;
  b.contain!(other);
  expect(nesting.inner).toBe(other);
  void b.release();
  expect(nesting.inner).toBeUndefined();
  expect([one.losses, other.losses]).toEqual([[], []]);
});
