/** Several keys at once: what a list of them may be, and which lists can be taken together. */
import { isArray } from './checks.js';
import type { LockSite } from './core/claim.js';
import { LockKeyError } from './errors.js';
import { type LockKey, readKey } from './keys.js';
import type { LockKeys } from './kinds/kind.js';
import { printable } from './printable.js';
import { slotOf } from './slot.js';

/** What a call locks: one key, or each of a list of 1 to 64 different ones, all of them or none. */
export type Lockable = LockKey | readonly LockKey[];

/** Keys as text, each once: at least one. */
export type Keys = readonly [string, ...string[]];

/** One script takes them all, and keeps the server busy for less than a millisecond. */
const MOST_KEYS = 64;

/**
 * Checks what a caller or its key function named.
 *
 * @param value - the key, or a list of keys
 * @param where - whose key it is, for the error: `Class.method: the key function returned`
 * @returns the keys as text, each once, in the order in which they were given
 * @throws {LockKeyError} not a {@link Lockable}
 */
export function readKeys(value: unknown, where: string): Keys {
  if (!isArray(value)) return [readKey(value, where)];
  const keys = new Set<string>();
  let place = 0;
  for (const key of entriesOf(value, where)) {
    keys.add(readKey(key, `${where} a list, of which [${place++}] is`));
    if (keys.size > MOST_KEYS) {
      throw new LockKeyError(
        `${where} a list of more than ${MOST_KEYS} keys, the most that one lock can have`,
      );
    }
  }
  const [first, ...more] = keys;
  if (first === undefined) throw new LockKeyError(`${where} an empty list; there must be at least one key`);
  return [first, ...more];
}

function* entriesOf(list: unknown, where: string): Generator {
  try {
    yield* list as unknown[];
  } catch (cause) {
    throw new LockKeyError(`${where} a list that can not be read (see its cause)`, { cause });
  }
}

/** {@link readKeys}, with one key as what it is: a locker may be a stand-in that knows of no lists. */
export function readLockable(value: unknown, where: string): string | Keys {
  const keys = readKeys(value, where);
  return keys.length === 1 ? keys[0] : keys;
}

interface Named {
  readonly site: Pick<LockSite, 'key'>;
  readonly keys: Pick<LockKeys, 'lock'>;
}

/**
 * Checks locks that the server can only take together when they are all in one hash slot.
 *
 * @throws {LockKeyError} they are not, naming two of them
 */
export function checkSlots([first, ...others]: readonly [Named, ...Named[]]): void {
  const slot = slotOf(first.keys.lock);
  const other = others.find(({ keys }) => slotOf(keys.lock) !== slot);
  if (other === undefined) return;
  throw new LockKeyError(
    `the keys ${printable(first.site.key)} and ${printable(other.site.key)} can not be locked together: on a Cluster, their Redis ` +
      `keys ${printable(first.keys.lock)} and ${printable(other.keys.lock)} are in different hash slots. Put braces around ` +
      "something that they share ('{order:7}:stock', '{order:7}:bill'), or use a prefix with braces, such as '{locks}:'",
    { key: other.site.key },
  );
}
