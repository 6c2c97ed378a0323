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
 * Gives `wrapper` what `original` shows to the world: its kind, name, length, own properties and Reflect metadata.
 *
 * Frameworks keep what other decorators have said (routes, guards, roles) in exactly these places.
 */
export function keepAppearance(original: object, wrapper: object): void {
  // By its prototype a function is known as an async generator function: that is how a second lock over it sees one.
  Object.setPrototypeOf(wrapper, Object.getPrototypeOf(original) as object);
  // What is left out belongs to one function object and not to what it does.
  const own: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(original);
  const { prototype, arguments: _arguments, caller, ...kept } = own;
  Object.defineProperties(wrapper, kept);
  for (const key of Reflect.getOwnMetadataKeys(original) as (string | symbol)[]) {
    Reflect.defineMetadata(key, Reflect.getOwnMetadata(key, original), wrapper);
  }
}
