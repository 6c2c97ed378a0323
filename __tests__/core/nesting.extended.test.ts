/** Calls from inside a section of whose lease too little is left for what they have in mind. */
import { Nesting } from '../../src/core/nesting.js';
import { margin } from '../../src/core/lease.js';
import { rejection } from '../support/deferred.js';
import { TTL } from '../support/engine.js';
import { section } from '../support/nested.js';
import { NOT_OURS } from '../support/scripted-adapter.js';
import { settle } from '../support/virtual-environment.js';

const FULL = TTL - margin(TTL);
const EXTENDED = [1];
const TOO_SLOW = { code: 'LOCK_BACKEND', reason: 'TOO_SLOW' };

/** A section with so much left of its lease, in ms. */
async function sectionWith(left: number) {
  const world = await section();
  world.environment.stall(FULL - left);
  expect(world.outer.lease.remaining).toBe(left);
  return world;
}

/** A section with too little left, and the extension for a call into it under way. */
async function extending(change: Parameters<Awaited<ReturnType<typeof section>>['call']>[1] = {}) {
  const world = await sectionWith(400);
  const called = world.call('a', change);
  return { ...world, called, extension: await world.adapter.next('mutex-extend') };
}

it('lets a call in as long as enough is left, and extends the lease for it as soon as it is not', async () => {
  const { call, adapter, environment, answered } = await sectionWith(500);
  void (await call('a', { minValidity: 500 })).release();
  expect(adapter.count).toBe(1);
  environment.stall(1);
  const b = call('b', { minValidity: 500, ttl: 3 * TTL });
  const extension = await adapter.next('mutex-extend');
  expect(extension.args[1]).toBe(String(3 * TTL));
  expect(answered).toEqual(['a in']);
  await extension.reply(EXTENDED);
  expect((await b).lease.remaining).toBe(3 * TTL - margin(3 * TTL));
});

it('lets a call in when as much is left after the extension as it wants, and refuses it when it is less', async () => {
  const { called, extension, call, adapter, heard } = await extending({ minValidity: FULL });
  await extension.reply(EXTENDED);
  void (await called).release();
  const tooMuch = rejection(call('b', { minValidity: FULL + 1 }));
  await (await adapter.next('mutex-extend')).reply(EXTENDED);
  const error = await tooMuch;
  expect(error).toMatchObject(TOO_SLOW);
  expect((error as Error).message).toContain(`with ${FULL} ms of its ${TTL} ms left`);
  expect(heard('refused')).toEqual([{ key: 'k', name: 'b', waited: 0, error }]);
});

it('lets the next one in when an extension does not help', async () => {
  const { called, extension, call, answered } = await extending();
  const refused = rejection(called);
  void call('b', { minValidity: 100 });
  await extension.fail(new Error('LOADING dataset'));
  expect(await refused).toMatchObject(TOO_SLOW);
  expect(answered).toEqual(['a refused', 'b in']);
});

it('extends for the next one, too, when that one wants more', async () => {
  const { called, extension, call, adapter, answered } = await extending();
  const next = call('b', { ttl: 2 * TTL, minValidity: TTL });
  await extension.reply(EXTENDED);
  void (await called).release();
  await (await adapter.next('mutex-extend')).reply(EXTENDED);
  await next;
  expect(answered).toEqual(['a in', 'b in']);
});

it('counts as inside who is about to be', async () => {
  const { call, extension, answered, heard } = await extending();
  expect(await rejection(call('try', { timeout: 0 }))).toMatchObject({ holder: 'host/1 a' });
  void call('b');
  expect(heard('waiting')).toEqual([{ key: 'k', name: 'b', holder: 'host/1 a' }]);
  await extension.reply(EXTENDED);
  expect(answered).toEqual(['try refused', 'a in']);
});

it('lets in while the locker closes, since holders need it to finish', async () => {
  const { call, engine, adapter } = await sectionWith(400);
  engine.closing.begin();
  const a = call('a');
  await (await adapter.next('mutex-extend')).reply(EXTENDED);
  await a;
});

describe('when the wait of the caller ends before the extension is answered', () => {
  it('refuses it at once, and lets the next one in', async () => {
    const abort = new AbortController();
    const { called, extension, call, answered, heard } = await extending({ signal: abort.signal });
    const refused = rejection(called);
    const next = call('b', { minValidity: 100 });
    abort.abort('gone');
    expect(await refused).toBe('gone');
    await next;
    await extension.reply(EXTENDED);
    expect(answered).toEqual(['a refused', 'b in']);
    expect(heard('refused')).toHaveLength(1);
  });

  it('refuses it when its timeout has passed', async () => {
    const { called, call, environment } = await extending({ timeout: 100 });
    const refused = rejection(called);
    await environment.pass(100);
    expect(await refused).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NO_REPLY' });
    await call('b', { minValidity: 100 });
  });

  it('refuses it once when its timeout has passed by the clock alone, although the extension helped', async () => {
    const { called, extension, call, environment, answered, heard } = await extending({ timeout: 100 });
    const refused = rejection(called);
    environment.stall(100);
    await extension.reply(EXTENDED);
    expect(await refused).toMatchObject({ code: 'LOCK_BACKEND', reason: 'NO_REPLY' });
    expect(heard('refused')).toHaveLength(1);
    await call('b');
    expect(answered).toEqual(['a refused', 'b in']);
  });

  it('refuses it once, and nowhere else, when the section is over as well', async () => {
    const { called, extension, nesting, environment, onward, heard } = await extending({ timeout: 100 });
    const refused = rejection(called);
    environment.stall(100);
    nesting.end('max-hold');
    await extension.reply(EXTENDED);
    await refused;
    expect(onward).toEqual([]);
    expect(heard('refused')).toHaveLength(1);
  });
});

describe('when the section is over before the extension is answered', () => {
  it('lets a caller that waits go on elsewhere, behind those who waited for it', async () => {
    const { called, call, extension, nesting, onward, answered, heard } = await extending();
    void called;
    void call('b');
    nesting.end('max-hold');
    expect(onward).toEqual(['b']);
    await extension.reply(EXTENDED);
    await settle();
    expect(onward).toEqual(['b', 'a']);
    expect([answered, heard('refused')]).toEqual([[], []]);
  });

  it('lets it go on when the lock is lost by the answer', async () => {
    const { extension, outer, nesting, onward, answered } = await extending();
    outer.lease.onEnd((end) => nesting.end(end));
    await extension.reply(NOT_OURS);
    expect([onward, answered]).toEqual([['a'], []]);
  });

  it('refuses a try, which does not wait anywhere', async () => {
    const { called, extension, nesting, onward, heard } = await extending({ timeout: 0 });
    const refused = rejection(called);
    nesting.end('max-hold');
    await extension.reply(EXTENDED);
    expect(await refused).toMatchObject(TOO_SLOW);
    expect(onward).toEqual([]);
    expect(heard('refused')).toHaveLength(1);
  });

  it('refuses whoever came while the locker closed', async () => {
    const { call, engine, adapter, nesting, onward } = await sectionWith(400);
    engine.closing.begin();
    const refused = rejection(call('a'));
    const extension = await adapter.next('mutex-extend');
    nesting.end('max-hold');
    await extension.reply(EXTENDED);
    expect(await refused).toMatchObject({ code: 'LOCK_CLOSED' });
    expect(onward).toEqual([]);
  });

  it('leaves to others the refusal of who has no time left when it comes there', async () => {
    const { lines, outer, callOf, environment, adapter, heard } = await sectionWith(400);
    const nesting = new Nesting(lines, outer, (waiter) => {
      environment.stall(1);
      lines.join(waiter);
    });
    const refused = rejection(callOf(nesting, 'a', { timeout: 100 }));
    const extension = await adapter.next('mutex-extend');
    nesting.end('max-hold');
    environment.stall(99);
    await extension.reply(EXTENDED);
    expect(await refused).toMatchObject({ waited: 100 });
    expect(heard('refused')).toHaveLength(1);
  });
});
