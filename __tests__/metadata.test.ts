import 'reflect-metadata';

import { runInThisContext } from 'node:vm';

import { keepAppearance, LOCK_METADATA } from '../src/metadata.js';

const OWN = Symbol('own');

/** A wrapper of `original`, as plain as can be. */
function wrapperOf(original: object): {
  (...args: unknown[]): unknown;
  [property: string | symbol]: unknown;
} {
  const wrapper = (...args: unknown[]): unknown[] => args;
  keepAppearance(original, wrapper);
  return wrapper as ReturnType<typeof wrapperOf>;
}

it('names the metadata by a registered symbol, so that two copies of the package read each other’s', () => {
  expect(LOCK_METADATA).toBe(Symbol.for('latchkey.options'));
});

it('keeps name and length, also those that somebody has set', () => {
  const original = (_a: unknown, _b: unknown): void => {};
  expect([wrapperOf(original).name, wrapperOf(original).length]).toEqual(['original', 2]);
  Object.defineProperties(original, { name: { value: 'renamed' }, length: { value: 7 } });
  const wrapper = wrapperOf(original);
  expect([wrapper.name, wrapper.length]).toEqual(['renamed', 7]);
  expect(Object.getOwnPropertyDescriptor(wrapper, 'name')).toEqual(
    Object.getOwnPropertyDescriptor(original, 'name'),
  );
});

it('keeps own properties as they are: strings and symbols, hidden ones, and accessors without a call', () => {
  const get = jest.fn();
  const original = Object.assign(async () => {}, { route: '/charge', [OWN]: [1] });
  Object.defineProperty(original, 'hidden', { value: 1 });
  Object.defineProperty(original, Symbol.for('hidden'), { value: 2 });
  Object.defineProperty(original, 'computed', { get, enumerable: true });
  const wrapper = wrapperOf(original);
  expect(Object.getOwnPropertyDescriptors(wrapper)).toEqual(Object.getOwnPropertyDescriptors(original));
  expect(wrapper[OWN]).toBe(original[OWN]);
  expect(get).not.toHaveBeenCalled();
});

it('leaves alone what belongs to one function object', () => {
  function original(): void {}
  const sloppy = runInThisContext('(function sloppy() {})') as () => void;
  expect(Object.getOwnPropertyNames(sloppy)).toEqual(
    expect.arrayContaining(['arguments', 'caller', 'prototype']),
  );
  for (const one of [original, sloppy]) {
    const wrapper = wrapperOf(one);
    expect(Object.getOwnPropertyNames(wrapper).sort()).toEqual(['length', 'name']);
  }
});

it('keeps what kind of function it is', () => {
  const kind = (value: unknown): string => Object.prototype.toString.call(value);
  for (const original of [() => {}, async () => {}, async function* () {}]) {
    expect(kind(wrapperOf(original))).toBe(kind(original));
  }
});

it('keeps Reflect metadata, under strings and symbols, and does not touch that of the original', () => {
  const value = { roles: ['treasurer'] };
  const original = async (): Promise<void> => {};
  Reflect.defineMetadata('roles', value, original);
  Reflect.defineMetadata(OWN, undefined, original);
  Reflect.defineMetadata('of a property', 'not copied', original, 'property');
  const wrapper = wrapperOf(original);
  expect(Reflect.getOwnMetadataKeys(wrapper)).toEqual(['roles', OWN]);
  expect(Reflect.getOwnMetadata('roles', wrapper)).toBe(value);
  expect(Reflect.hasOwnMetadata(OWN, wrapper)).toBe(true);
  Reflect.defineMetadata('roles', 'changed', wrapper);
  expect(Reflect.getOwnMetadata('roles', original)).toBe(value);
});
