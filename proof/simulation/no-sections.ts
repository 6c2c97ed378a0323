/**
 * Imported before the engine: it then keeps no account of whose work the running code is part of, for which Node pays at every
 * promise. The programs of a schedule call nothing from inside a section, so nobody would ask.
 */
const SLOT = Symbol.for('latchkey.context');

Object.assign(globalThis, {
  [SLOT]: { getStore: () => undefined, run: (_section: unknown, work: () => unknown) => work() },
});

export {};
