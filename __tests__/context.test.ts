/** Whose work the running code is part of. */
import { AsyncLocalStorage } from 'node:async_hooks';

import { activeFrom, currentLock, currentSection, inside, outside, type Section } from '../src/context.js';
import { rejection } from './support/deferred.js';
import { settle } from './support/virtual-environment.js';

function section(active = true, outer?: Section): Section {
  return { lock: {}, outer, active } as unknown as Section;
}

it('outside of any lock there is none', () => {
  expect(currentLock()).toBeUndefined();
  expect(currentSection()).toBeUndefined();
  expect(activeFrom(undefined)).toBeUndefined();
});

it('work inside a section is part of it over awaits and timers, and what follows is not', async () => {
  const one = section();
  const seen: unknown[] = [];
  const result = inside(one, async () => {
    seen.push(currentLock(), currentSection());
    await settle();
    seen.push(currentLock(), currentSection());
    return 'result';
  });
  expect(currentSection()).toBeUndefined();
  expect(await result).toBe('result');
  expect(seen).toEqual([one.lock, one, one.lock, one]);
  expect(seen.every((value, i) => value === [one.lock, one][i % 2])).toBe(true);
});

it('the innermost section counts, until its work has returned or thrown', async () => {
  const [outer, inner] = [section(), section()];
  inside(outer, () => {
    expect(inside(inner, currentSection)).toBe(inner);
    expect(currentSection()).toBe(outer);
    const fail = (): never => {
      throw new Error('own');
    };
    expect(() => inside(inner, fail)).toThrow('own');
    expect(currentLock()).toBe(outer.lock);
  });
  expect(await rejection(inside(inner, () => Promise.reject(new Error('own'))))).toEqual(new Error('own'));
});

it('a section that is over is still told, and is not among those that have their lock', () => {
  const held = section();
  const over = section(false, section(false, held));
  expect(inside(over, currentSection)).toBe(over);
  expect(activeFrom(held)).toBe(held);
  expect(activeFrom(over)).toBe(held);
  expect(activeFrom(section(true, held))).not.toBe(held);
  expect(activeFrom(section(false, section(false)))).toBeUndefined();
});

it('what is done for everybody is part of no section, and neither is what comes of it', async () => {
  const one = section();
  expect(outside(() => [currentSection()])).toEqual([undefined]);
  await inside(one, async () => {
    const later = outside(async () => {
      const now = currentSection();
      await settle();
      return [now, currentSection()];
    });
    expect(currentSection()).toBe(one);
    expect(await later).toEqual([undefined, undefined]);
  });
});

it('outside of any section asks no more of the context', () => {
  const run = jest.spyOn(AsyncLocalStorage.prototype, 'run');
  expect(outside(() => 'done')).toBe('done');
  expect(run).not.toHaveBeenCalled();
  expect(inside(section(), () => outside(() => 'done'))).toBe('done');
  expect(run).toHaveBeenCalledTimes(2);
  run.mockRestore();
});

it('two copies of the package in one process know of each other’s sections', async () => {
  const one = section();
  await jest.isolateModulesAsync(async () => {
    const other = await import('../src/context.js');
    expect(other.currentLock).not.toBe(currentLock);
    expect(other.inside(one, currentLock)).toBe(one.lock);
    expect(inside(one, other.currentLock)).toBe(one.lock);
  });
  expect(Reflect.get(globalThis, Symbol.for('latchkey.context'))).toBeInstanceOf(AsyncLocalStorage);
});
