/** What is told and kept without `reflect-metadata`, and with one that can not do everything. */
import { keepAppearance, LOCK_METADATA, tellOptions } from '../src/metadata.js';

const NAMES = ['defineMetadata', 'getOwnMetadataKeys', 'getOwnMetadata'] as const;

afterEach(() => {
  for (const name of NAMES) Reflect.deleteProperty(Reflect, name);
});

it('nothing is told where nobody listens, and the rest is kept', () => {
  const original = async (): Promise<void> => undefined;
  Object.assign(original, { route: '/' });
  const wrapper = (): void => undefined;
  tellOptions(wrapper, { key: 'k' });
  keepAppearance(original, wrapper);
  expect([wrapper.name, { ...Object.getOwnPropertyDescriptors(wrapper) }]).toMatchObject([
    'original',
    { route: { value: '/' } },
  ]);
  expect(Object.getPrototypeOf(wrapper)).toBe(Object.getPrototypeOf(original));
});

it('the options are told of the wrapper, and nothing else where metadata can not be listed', () => {
  const defineMetadata = jest.fn();
  Object.assign(Reflect, { defineMetadata });
  const [wrapper, options] = [(): void => undefined, { key: 'k' }];
  tellOptions(wrapper, options);
  keepAppearance(async () => undefined, wrapper);
  expect(defineMetadata.mock.calls).toEqual([[LOCK_METADATA, options, wrapper]]);
});

it('metadata that can be listed is written on the wrapper, if it can be written at all', () => {
  const [original, wrapper] = [(): void => undefined, (): void => undefined];
  Object.assign(Reflect, { getOwnMetadataKeys: () => ['a', 'b'] });
  expect(() => keepAppearance(original, wrapper)).not.toThrow();
  const defineMetadata = jest.fn();
  Object.assign(Reflect, { defineMetadata });
  keepAppearance(original, wrapper);
  expect(defineMetadata.mock.calls).toEqual([
    ['a', undefined, wrapper],
    ['b', undefined, wrapper],
  ]);
});
