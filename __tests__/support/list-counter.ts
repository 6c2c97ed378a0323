import type { Section } from '../../src/context.js';
import type { Engine } from '../../src/core/engine.js';
import type { LockEvents } from '../../src/core/events.js';
import type { AcquireRequest } from '../../src/core/request.js';
import type { HeldLock } from '../../src/held-lock.js';
import { toRedisKeys } from '../../src/keys.js';
import type { Roster } from '../../src/roster.js';
import type { LockSettings } from '../../src/settings.js';
import { inOrder, type ListCounter, takeList } from '../../src/take-list.js';
import { type Deferred, deferred } from './deferred.js';
import { request, scriptedEngine, TTL } from './engine.js';
import { settle } from './virtual-environment.js';

/** A lock of a list, of which the test says how much of its lease is left. */
export class Part {
  readonly key: string;
  remaining = TTL;
  released = 0;
  readonly extensions: number[] = [];
  /** What an extension waits for. */
  answer: Promise<unknown> = Promise.resolve();

  constructor(key: string) {
    this.key = key;
  }

  get held(): boolean {
    return this.remaining > 0;
  }

  async extend(ttl: number): Promise<string> {
    this.extensions.push(ttl);
    await this.answer;
    this.remaining = ttl;
    return 'extended';
  }

  async release(): Promise<string> {
    this.released++;
    return 'released';
  }
}

/** How often each of them was extended, and given back. */
export const extensions = (parts: readonly Part[]): number[] => parts.map((part) => part.extensions.length);
export const released = (parts: readonly Part[]): number[] => parts.map((part) => part.released);

/** What a list is refused with that has no time left for its next lock. */
export const TOO_LATE = {
  code: 'LOCK_BACKEND',
  reason: 'TOO_SLOW',
  retryable: true,
  ownership: 'never-held',
  message: expect.stringContaining('another lock of its list took so long that there was no time left'),
};

/** A lock that a list has asked for by itself. */
interface Asked {
  readonly key: string;
  readonly maxHold: number;
  readonly caller: unknown;
  readonly answer: Deferred<Part>;
}

/** Where a list gets its locks, as the test gives them out. */
export function listCounter({ together = 'any' }: { together?: Engine['together'] } = {}) {
  const world = scriptedEngine();
  const { environment, lines, told } = world;
  const engine: Engine = { ...world.engine, together };
  /** Locks of sections around the call, and those that somebody has beside the lines. */
  const [around, beside] = [new Set<string>(), new Set<string>()];
  const asked: Asked[] = [];
  const parts: Part[] = [];
  /** Whose section each of the locks was taken in, and for how long it may be held. */
  const made: unknown[] = [];
  const make = (key: string, maxHold: number, caller: unknown): Part => {
    const part = new Part(key);
    parts.push(part);
    made.push([key, maxHold, caller instanceof Part ? caller.key : caller]);
    return part;
  };
  const roster = {
    nearest: (_: unknown, lockKey: string) => (around.has(lockKey) ? {} : undefined),
    holderOf: (lockKey: string) => (beside.has(lockKey) ? {} : undefined),
  };
  const counter: ListCounter = {
    engine,
    lines,
    roster: roster as unknown as Roster,
    take: ({ site }, maxHold, caller) => {
      const answer = deferred<Part>();
      asked.push({ key: site.key, maxHold, caller, answer });
      return answer.promise as unknown as Promise<HeldLock>;
    },
    hold: (_, { site }, maxHold, caller) => make(site.key, maxHold, caller) as unknown as HeldLock,
  };
  const settingsOf = (change: Partial<LockSettings>): LockSettings => {
    const { ttl, timeout, extend, signal, commandTimeout, minValidity } = request();
    const rest = { maxHold: 60_000, reentrant: true, name: 'Test.list' };
    return { ttl, timeout, extend, signal, commandTimeout, minValidity, ...rest, ...change };
  };
  /** Calls for the locks of several keys. */
  const call = (
    keys: readonly [string, ...string[]],
    change: Partial<LockSettings> & Pick<AcquireRequest, 'since'> = {},
    caller?: object,
  ): Promise<Part[]> => {
    const { since = environment.mono, ...options } = change;
    const settings = settingsOf(options);
    const requestFor = (key: string): AcquireRequest =>
      request({ ...settings, site: { key, name: 'Test.list' }, keys: toRedisKeys('lock:', key), since });
    const taken = takeList(counter, inOrder(keys, requestFor), settings, caller as Section | undefined);
    return taken as unknown as Promise<Part[]>;
  };
  /** The only lock that is asked for by itself at the moment. */
  const next = async (key: string): Promise<Asked> => {
    await settle();
    const one = asked.shift();
    expect([one?.key, asked.length]).toEqual([key, 0]);
    return one!;
  };
  /** Grants it. */
  const give = async (key: string): Promise<Part> => {
    const { maxHold, caller, answer } = await next(key);
    const part = make(key, maxHold, caller);
    answer.resolve(part);
    await settle();
    return part;
  };
  const heard = (name: keyof LockEvents): unknown[] =>
    told.filter(([each]) => each === name).map(([, event]) => event);
  return { ...world, engine, counter, around, beside, asked, parts, made, call, next, give, heard };
}
