/** What becomes of the calls inside a section when the section is over. */
import { Nesting } from '../../src/core/nesting.js';
import { rejection } from '../support/deferred.js';
import { section, worker } from '../support/nested.js';
import { settle } from '../support/virtual-environment.js';

describe('the end of the section', () => {
  it('tells who works inside why, and nobody who did before', async () => {
    const { call, nesting } = await section();
    const [before, now] = [worker(), worker()];
    const a = await call('a');
    a.contain!(before);
    void a.release();
    (await call('b')).contain!(now);
    nesting.end('taken');
    expect([before.losses, now.losses]).toEqual([[], ['taken']]);
  });

  it('comes once, for the first reason', async () => {
    const { call, nesting, onward } = await section();
    const [inner, late] = [worker(), worker()];
    const a = await call('a');
    void call('b');
    a.contain!(inner);
    nesting.end('expired');
    nesting.end('released');
    expect(inner.losses).toEqual(['expired']);
    a.contain!(late);
    expect(late.losses).toEqual(['expired']);
    expect(nesting.inner).toBe(inner);
    expect(onward).toEqual(['b']);
  });

  it('tells who comes to work inside only then at once', async () => {
    const { call, nesting } = await section();
    const inner = worker();
    const a = await call('a');
    nesting.end('handed-over');
    a.contain!(inner);
    expect(inner.losses).toEqual(['handed-over']);
    expect(nesting.inner).toBeUndefined();
    expect(await a.release()).toBe('lost');
  });

  it('changes nothing when nobody is inside', async () => {
    const { nesting, onward, told } = await section();
    nesting.end('released');
    expect([onward, told]).toEqual([[], []]);
  });

  it('lets those who wait go on elsewhere, in their order, and nobody in', async () => {
    const { call, nesting, onward, answered, heard } = await section();
    const a = await call('a');
    for (const name of ['b', 'c', 'd']) void call(name);
    nesting.end('released');
    expect(onward).toEqual(['b', 'c', 'd']);
    expect(await a.release()).toBe('lost');
    await settle();
    expect(answered).toEqual(['a in']);
    expect(heard('refused')).toEqual([]);
  });

  it('lets nobody in when who is told of it gives its lock back at once', async () => {
    const { call, nesting, onward, answered } = await section();
    const a = await call('a');
    void call('b');
    a.contain!({ lose: () => void a.release() });
    nesting.end('expired');
    await settle();
    expect([answered, onward]).toEqual([['a in'], ['b']]);
  });

  it('refuses, once, who has no time left by the clock alone, naming who was inside', async () => {
    const { call, nesting, onward, environment, heard } = await section();
    await call('a');
    const b = rejection(call('b', { timeout: 100 }));
    void call('c');
    environment.stall(100);
    nesting.end('released');
    expect(await b).toMatchObject({ code: 'LOCK_TIMEOUT', holder: 'host/1 a' });
    expect(onward).toEqual(['c']);
    expect(heard('refused')).toHaveLength(1);
  });

  it('leaves to others the refusal of who has no time left when it comes there', async () => {
    const { lines, outer, callOf, environment, heard } = await section();
    const nesting = new Nesting(lines, outer, (waiter) => {
      environment.stall(1);
      lines.join(waiter);
    });
    await callOf(nesting, 'a');
    const b = rejection(callOf(nesting, 'b', { timeout: 100 }));
    environment.stall(99);
    nesting.end('released');
    expect(await b).toMatchObject({ waited: 100 });
    expect(heard('refused')).toHaveLength(1);
  });
});
