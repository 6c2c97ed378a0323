/** What the checks of an adapter look at it with. */
import { createHash, randomUUID } from 'node:crypto';

import type { Adapter } from '../adapters/adapter.js';
import type { Script } from '../scripts/script.js';

/** Makes an adapter of the kind that is checked, on a client of its own and always on the same server. */
export type MakeAdapter = () => Adapter | Promise<Adapter>;

// Kept from the time of the import: a test runner may put fake ones in their places.
const { setTimeout, clearTimeout } = globalThis;

/** How long anything may take, in ms: what takes longer hangs. */
const LONGEST = 5_000;

/** Long enough for a message that should not come, in ms. */
const QUIET = 100;

/** A name that nothing on the server has yet; in one hash slot with all that begin with it. */
export function fresh(): string {
  return `{latchkey-check:${randomUUID()}}`;
}

/** A script that the server does not know yet. @param keys - how many it takes */
export function scriptOf(body: string, keys = 1): Script {
  const source = `-- ${randomUUID()}\n${body}`;
  return { name: 'adapter-check', keys, source, sha1: createHash('sha1').update(source).digest('hex') };
}

/** @throws {Error} saying what is wrong */
export function demand(condition: boolean, what: string): asserts condition {
  if (!condition) throw new Error(what);
}

/** Compares values of what replies are made of: also 1 and '1' are different. @throws {Error} saying what is wrong */
export function same(actual: unknown, expected: unknown, what: string): void {
  const [is, should] = [shown(actual), shown(expected)];
  demand(is === should, `${what}: expected ${cut(should)}, but it is ${cut(is)}`);
}

/** @throws {Error} when `promise` has not settled in time */
export async function soon<Value>(promise: Promise<Value>, what: string): Promise<Value> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} has not settled after ${LONGEST} ms`)), LONGEST);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

/** What `promise` rejects with. @throws {Error} when it does not, or not in time */
export async function rejection(promise: Promise<unknown>, what: string): Promise<unknown> {
  const settled = promise.then(
    (value) => ({ value }),
    (error: unknown) => ({ error }),
  );
  const outcome = await soon(settled, what);
  if ('error' in outcome) return outcome.error;
  throw new Error(`${what} must reject, but it resolved with ${cut(shown(outcome.value))}`);
}

/** Waits until `done`, or so long that it will not come any more. */
export async function eventually(done: () => boolean): Promise<void> {
  for (let waited = 0; !done() && waited < LONGEST / 2; waited += 5) await pause(5);
}

/** Lets messages come that should not. */
export function quiet(): Promise<void> {
  return pause(QUIET);
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

function shown(value: unknown): string {
  const plain = (_key: string, part: unknown): unknown => {
    if (typeof part === 'bigint') return `the bigint ${part}`;
    if (part instanceof Map || part instanceof Set) return { [part.constructor.name]: [...part] };
    return part;
  };
  return value === undefined ? 'undefined' : JSON.stringify(value, plain);
}

function cut(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
