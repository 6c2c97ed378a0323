/** From what a caller calls a lock to the keys that stand for it in Redis. */
import { createHash } from 'node:crypto';

import { show } from './checks.js';
import { LockKeyError } from './errors.js';
import { printable } from './printable.js';
import type { LockKeys } from './kinds/kind.js';

/** What names a lock: a non-empty string, or a number or bigint, which is read as its decimal text. */
export type LockKey = string | number | bigint;

/** Of ES2024: Node has it, the library of the compiler's target does not. A regular expression takes ten times as long. */
interface WellFormed {
  isWellFormed(): boolean;
}

/** Longest key that is used as it is, in UTF-16 code units. */
const LONGEST = 200;

/**
 * Checks what a caller or its key function named.
 *
 * @param value - the key
 * @param where - whose key it is, for the error: `Class.method: the key function returned`
 * @returns the key as text
 * @throws {LockKeyError} not a {@link LockKey}: empty, NaN or infinite, or with a lone surrogate, which Redis could not
 *   tell from another one
 */
export function readKey(value: unknown, where: string): string {
  if (typeof value === 'string') {
    if (value === '')
      throw new LockKeyError(`${where} an empty string; a key must have at least one character`);
    if (!(value as string & WellFormed).isWellFormed()) {
      throw new LockKeyError(`${where} a string with half of a surrogate pair, which Redis can not store`, {
        key: value,
      });
    }
    return value;
  }
  if (typeof value === 'bigint' || (typeof value === 'number' && Number.isFinite(value)))
    return String(value);
  const hint = isThenable(value) ? ' (a promise: key functions can not be async)' : '';
  throw new LockKeyError(
    `${where} ${show(value)}${hint}; a key must be a non-empty string, a finite number or a bigint`,
  );
}

/**
 * The Redis key of a lock: prefix and key, literally, whenever every client and tool can deal with that.
 *
 * Otherwise (control characters, more than 200 characters, braces that are not one clean hash tag, the end of a key of
 * our own, and a leading `~`, so that the two never collide) `~`, a readable part and the SHA-256 of the key.
 *
 * @param prefix - the locker's prefix; with an empty one, other programs use the same keys
 * @throws {LockKeyError} the key would have to be encoded, but the prefix is empty: the encoded key would silently
 *   exclude nobody
 */
export function toRedisKey(prefix: string, key: string): string {
  const reason = whyNotLiteral(key);
  if (reason === undefined) return prefix + key;
  if (prefix === '') {
    throw new LockKeyError(
      `key ${printable(key)} ${reason}, so it can not be shared with other programs (prefix is '')`,
      { key },
    );
  }
  // Of the beginning only: a key may be megabytes long.
  const readable = key
    .slice(0, LONGEST)
    .replace(/[^A-Za-z0-9_.:/@-]/g, '')
    .slice(0, 32);
  return `${prefix}~${readable}~${createHash('sha256').update(key).digest('hex')}`;
}

/**
 * The keys of a lock: its own, and those that lie beside it in the same hash slot.
 *
 * A lock key without a hash tag becomes the tag of the others; one that has a tag shares it. The two forms have another
 * mark each, because `x` and `{x}` may both be lock keys.
 *
 * @param prefix - the locker's prefix
 * @throws {LockKeyError} see {@link toRedisKey}
 */
export function toRedisKeys(prefix: string, key: string): LockKeys {
  const lock = toRedisKey(prefix, key);
  const beside = lock.includes('{') ? `${lock}:~t1` : `{${lock}}:~v1`;
  return { lock, fence: `${beside}:fence`, queue: `${beside}:queue`, waiters: `${beside}:waiters` };
}

/** What {@link toRedisKeys} puts behind a lock key, in this and in later versions. */
const OURS = /:~[tv]\d+:[a-z]+$/;

function whyNotLiteral(key: string): string | undefined {
  if (key.length > LONGEST) return `has more than ${LONGEST} characters`;
  if (key.startsWith('~')) return "starts with '~'";
  if (/\p{Cc}/u.test(key)) return 'has control characters';
  if (!hasCleanBraces(key)) return 'has braces that are not one hash tag';
  if (OURS.test(key)) return "ends as latchkey's own keys do";
  return undefined;
}

/** Whether all clients and servers compute the same slot: no brace at all, or one pair around something. */
export function hasCleanBraces(text: string): boolean {
  return /^[^{}]*(?:\{[^{}]+\}[^{}]*)?$/.test(text);
}

function isThenable(value: unknown): boolean {
  try {
    return typeof value === 'object' && value !== null && 'then' in value;
  } catch {
    return false;
  }
}
