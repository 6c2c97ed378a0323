/** What a fault proxy can do to the bytes of one direction of a connection. */
export type Fault =
  | { readonly does: 'pass' | 'swallow' | 'cut' }
  | { readonly does: 'delay'; readonly ms: number; readonly jitter: number }
  | { readonly does: 'slow'; readonly bytes: number; readonly every: number }
  | { readonly does: 'garbage'; readonly make: (bytes: Buffer) => Buffer };

/** Lets bytes through; what was held back by another fault goes first, at once. */
export const pass: Fault = { does: 'pass' };

/** Takes bytes and does nothing with them, also those that are under way: neither side hears that anything is wrong. */
export const swallow: Fault = { does: 'swallow' };

/** Cuts the connection instead of letting the next bytes through. */
export const cut: Fault = { does: 'cut' };

/** Lets bytes through `ms` ± `jitter` ms later, never in another order. */
export const delay = (ms: number, jitter = 0): Fault => ({ does: 'delay', ms, jitter });

/** Lets `bytes` bytes through every `every` ms. */
export const slow = (bytes: number, every: number): Fault => ({ does: 'slow', bytes, every });

/** Lets something else through: what `make` makes of each chunk, or always the same. */
export const garbage = (make: string | Buffer | ((bytes: Buffer) => Buffer)): Fault => ({
  does: 'garbage',
  make: typeof make === 'function' ? make : () => Buffer.from(make),
});
