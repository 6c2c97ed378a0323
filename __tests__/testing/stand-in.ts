/** A stand-in for a server, on which the checks of an adapter can be run without one, and in no time. */
import { createHash } from 'node:crypto';

import type { Adapter } from '../../src/adapters/adapter.js';
import { type Keyspace, memory, type MemoryAdapter } from '../../src/adapters/memory/memory.js';
import type { Script } from '../../src/scripts/script.js';
import type { AdapterCheck, MakeAdapter } from '../../src/testing/index.js';

type Run = (keyspace: Keyspace, keys: readonly string[], args: readonly string[]) => unknown;

const increment: Run = (keyspace, [key = '']) => {
  const next = Number(keyspace.get(key)) + 1;
  keyspace.set(key, String(next));
  return next;
};
const remove: Run = (keyspace, [key = '']) => Number(keyspace.delete(key));

/** What the checks' scripts do, by their Lua. */
const SCRIPTS = new Map<string, Run>([
  ['return #KEYS', (_keyspace, keys) => keys.length],
  ['return {KEYS, ARGV}', (_keyspace, keys, args) => [[...keys], [...args]]],
  [
    "return {1, 0, -1, 1700000000000000, '1', '', 'text', {}, {2, {'3'}}}",
    () => [1, 0, -1, 1_700_000_000_000_000, '1', '', 'text', [], [2, ['3']]],
  ],
  ["return redis.call('INCR', KEYS[1])", increment],
  ["return redis.call('DEL', KEYS[1])", remove],
  [
    "local n = redis.call('GET', KEYS[1]) redis.call('DEL', KEYS[1]) return n",
    (keyspace, keys) => {
      const value = keyspace.get(keys[0]!);
      remove(keyspace, keys, []);
      return value;
    },
  ],
  [
    "if ARGV[1] == '7' then return redis.error_reply('NOPERM seven') end return {ARGV[1]}",
    (_keyspace, _keys, [arg]) => {
      if (arg === '7') throw new Error('NOPERM seven');
      return [arg];
    },
  ],
  [
    "return redis.call('SET', KEYS[1], '', 'PX', 1000)",
    (keyspace, [key = '']) => (keyspace.set(key, '', 1_000), 'OK'),
  ],
  [
    "return redis.call('PUBLISH', ARGV[1], ARGV[2])",
    (keyspace, _keys, [channel = '', message = '']) => keyspace.publish(channel, message),
  ],
]);
const FAILING = /^(redis\.call\('INCR', KEYS\[1\]\) )?return redis\.error_reply\('([^']+)'\)$/;

function runCheckScript(
  keyspace: Keyspace,
  script: Script,
  keys: readonly string[],
  args: readonly string[],
): unknown {
  const { source, sha1 } = script;
  if (sha1 !== createHash('sha1').update(source).digest('hex'))
    throw new Error('NOSCRIPT No matching script');
  const body = source.replace(/^-- [\w-]{36}\n/, '');
  // As a Cluster needs it; and what is not asked for is a mistake of the check.
  if (keys.length === 0 && !body.includes('{KEYS,'))
    throw new Error('ERR a script without a key goes nowhere');
  if (args.length > 0 && !body.includes('ARGV')) throw new Error('ERR nobody reads these arguments');
  const [, increments, error] = FAILING.exec(body) ?? [];
  if (increments !== undefined) increment(keyspace, keys, args);
  if (error !== undefined) throw new Error(error);
  const run = SCRIPTS.get(body);
  if (run === undefined) throw new Error(`ERR the stand-in does not know ${JSON.stringify(source)}`);
  return run(keyspace, keys, args);
}

/** A server that nobody else uses. */
export class StandIn {
  readonly #memory: MemoryAdapter = memory({ now: () => Date.now() });
  /** How many subscriptions have not ended. */
  listening = 0;
  /** How many scripts have run. */
  ran = 0;

  /** What lies on it but for fencing tokens, which go by themselves. */
  get left(): string[] {
    const { keyspace } = this.#memory;
    return keyspace.keys().filter((key) => !(key.endsWith(':fence') && keyspace.ttl(key) > 0));
  }

  /** An adapter that does all as it should. */
  readonly sound = (): Adapter => ({
    joins: true,
    run: async (script, keys, args) => {
      this.ran++;
      if (script.name !== 'adapter-check') return this.#memory.run(script, keys, args);
      await Promise.resolve();
      return runCheckScript(this.#memory.keyspace, script, keys, args);
    },
    subscribe: async (channel, listener) => {
      const stop = await this.#memory.subscribe(channel, listener);
      this.listening++;
      let isOver = false;
      return async () => {
        if (!isOver) this.listening--;
        isOver = true;
        await stop();
      };
    },
  });

  /** Adapters that do all as they should but for what `change` does otherwise. */
  readonly but =
    (change: (sound: Adapter) => Partial<Adapter>): MakeAdapter =>
    () => {
      const sound = this.sound();
      return { ...sound, ...change(sound) };
    };
}

export type Step = 'run' | 'subscribe' | 'unsubscribe';

/**
 * Adapters of which one call does otherwise.
 *
 * @param n - which one, of all of these adapters together
 * @param otherwise - makes something else of what is to be done
 * @param last - the last one that does
 */
export function atCall(
  n: number,
  otherwise: (sound: () => Promise<unknown>, step: Step) => Promise<unknown>,
  last = n,
): { make: MakeAdapter; readonly isReached: boolean } {
  const server = new StandIn();
  let calls = 0;
  const through = async <Value>(step: Step, sound: () => Promise<Value>): Promise<Value> =>
    ++calls >= n && calls <= last ? ((await otherwise(sound, step)) as Value) : sound();
  return {
    make: server.but(({ run, subscribe }) => ({
      run: (...call) => through('run', () => run(...call)),
      subscribe: async (...call) => {
        const stop = await through('subscribe', () => subscribe(...call));
        return () => through('unsubscribe', stop);
      },
    })),
    get isReached() {
      return calls >= n;
    },
  };
}

/** Of a list of checks, the one whose name begins so. */
export function named(checks: readonly AdapterCheck[], beginning: string): AdapterCheck {
  const [check, ...others] = checks.filter(({ name }) => name.startsWith(beginning));
  expect(others).toEqual([]);
  return check!;
}

/** What a check says of an adapter, on a clock on which nobody waits; undefined: that nothing is wrong. */
export async function verdictOf(check: AdapterCheck, make: MakeAdapter): Promise<string | undefined> {
  let verdict: { readonly said: string | undefined } | undefined;
  check.run(make).then(
    () => (verdict = { said: undefined }),
    (error: unknown) => (verdict = { said: (error as Error).message }),
  );
  for (let look = 0; look < 200 && verdict === undefined; look++) await jest.advanceTimersByTimeAsync(100);
  if (verdict === undefined) throw new Error('the check does not end');
  return verdict.said;
}

/**
 * What a check says when the first, the second … call of an adapter does otherwise, until there are no more.
 *
 * @param forGood - whether all later ones do, too
 */
export async function verdictsOf(
  check: AdapterCheck,
  otherwise: (sound: () => Promise<unknown>, step: Step) => Promise<unknown>,
  forGood = false,
): Promise<(string | undefined)[]> {
  const verdicts: (string | undefined)[] = [];
  for (let n = 1; ; n++) {
    const adapters = atCall(n, otherwise, forGood ? Infinity : n);
    const verdict = await verdictOf(check, adapters.make).catch((error: unknown) => String(error));
    if (!adapters.isReached) return verdicts;
    verdicts.push(verdict);
  }
}

export const hangs = (): Promise<never> => new Promise(() => undefined);

/** Whole numbers for what is new each time. */
export const plain = (text: string | undefined): string | undefined =>
  text?.replace(/\{latchkey-check:[\w-]+\}/g, '{}');
