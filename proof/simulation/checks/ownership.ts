import type { Stored } from '../server.js';

/**
 * S4: a script takes away, or makes longer, nobody's lock but that of the tokens that it was given.
 *
 * @param args - those of the script, with its tokens
 */
export function checkOwnership(
  args: readonly string[],
  before: readonly Stored[],
  after: readonly Stored[],
  wrong: (what: string) => void,
): void {
  for (const { key, token, ttl } of before) {
    if (args.includes(token)) continue;
    const left = after.find((one) => one.key === key);
    if (left?.token !== token) wrong(`S4: a script without its token took ${key} away from ${token}`);
    else if (left.ttl > ttl) wrong(`S4: a script without its token extended ${key} of ${token}`);
  }
}
