/** What a decorated method tells about itself through Reflect metadata, and what it keeps of the method below. */
import 'reflect-metadata';

/**
 * The key of the Reflect metadata under which a decorated method's lock options are found.
 *
 * @example
 * Reflect.getMetadata(LOCK_METADATA, PossumLodge.prototype.addMember); // { key: [Function], timeout: 3000 }
 */
export const LOCK_METADATA: unique symbol = Symbol.for('latchkey.options');

/**
 * Gives `wrapper` what `original` shows to the world: name, length, own properties and Reflect metadata.
 *
 * Frameworks keep what other decorators have said (routes, guards, roles) in exactly these places.
 */
export function keepAppearance(original: object, wrapper: object): void {
  for (const [property, descriptor] of Object.entries(ownDescriptors(original))) {
    Object.defineProperty(wrapper, property, descriptor);
  }
  for (const property of Object.getOwnPropertySymbols(original)) {
    Object.defineProperty(wrapper, property, Object.getOwnPropertyDescriptor(original, property) ?? {});
  }
  for (const key of Reflect.getOwnMetadataKeys(original) as (string | symbol)[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), wrapper);
  }
}

/** The string-named own properties, without those that belong to one function object and not to what it does. */
function ownDescriptors(original: object): Record<string, PropertyDescriptor> {
  const {
    prototype,
    arguments: _arguments,
    caller,
    ...rest
  } = Object.getOwnPropertyDescriptors(original) as Record<string, PropertyDescriptor>;
  return rest;
}
