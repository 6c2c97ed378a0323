/** What a decorated method tells about itself through Reflect metadata, and what it keeps of the method below. */

/** What `reflect-metadata` adds to `Reflect`, when the program has loaded it. */
interface ReflectMetadata {
  defineMetadata?(key: unknown, value: unknown, target: object): void;
  getOwnMetadataKeys?(target: object): unknown[];
  getOwnMetadata?(key: unknown, target: object): unknown;
}

/** Not imported: loading it changes a global object, which is for the program to decide and not for a library. */
const reflect = Reflect as ReflectMetadata;

/**
 * The key of the Reflect metadata under which a decorated method's lock options are found.
 *
 * They are there when the program has loaded `reflect-metadata` before the class was made, as Nest and TypeORM do.
 *
 * @example
 * Reflect.getMetadata(LOCK_METADATA, PossumLodge.prototype.addMember); // { key: [Function], timeout: 3000 }
 */
export const LOCK_METADATA: unique symbol = Symbol.for('latchkey.options');

/** Tells `options` through the metadata of `wrapper`; nothing happens without `reflect-metadata`. */
export function tellOptions(wrapper: object, options: object): void {
  reflect.defineMetadata?.(LOCK_METADATA, options, wrapper);
}

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
  for (const key of reflect.getOwnMetadataKeys?.(original) ?? []) {
    reflect.defineMetadata?.(key, reflect.getOwnMetadata?.(key, original), wrapper);
  }
}
