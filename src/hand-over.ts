/** A lock as text, on its way from one process to another. */
import { show } from './checks.js';

/** What another process needs to take a lock over. */
export interface HandOver {
  /** The key, as the caller gave it. */
  readonly key: string;
  /** The key in Redis, which tells whether both sides mean the same lock. */
  readonly lockKey: string;
  /** The proof of ownership; whoever has it can take the lock over. */
  readonly token: string;
}

/** Tells versions apart, and a hand-over from any other text. */
const MARK = 'latchkey:1:';

export function writeHandOver({ key, lockKey, token }: HandOver): string {
  return MARK + Buffer.from(JSON.stringify([key, lockKey, token])).toString('base64url');
}

/** @throws {TypeError} not what `serialize` has returned; never shows the text, which is a secret */
export function readHandOver(text: unknown): HandOver {
  const rule = 'adopt: the first argument must be what lock.serialize() has returned';
  if (typeof text !== 'string') throw new TypeError(`${rule}, not ${show(text)}`);
  const [key, lockKey, token, ...more] = text.startsWith(MARK) ? parse(text.slice(MARK.length)) : [];
  if (typeof key === 'string' && typeof lockKey === 'string' && isToken(token) && more.length === 0) {
    return { key, lockKey, token };
  }
  throw new TypeError(`${rule}, not another text`);
}

function parse(text: string): unknown[] {
  try {
    const value: unknown = JSON.parse(Buffer.from(text, 'base64url').toString());
    return Array.isArray(value) ? value : [];
  } catch {
    return [];
  }
}

function isToken(value: unknown): value is string {
  return typeof value === 'string' && /^[\w-]{16,64}$/.test(value);
}
