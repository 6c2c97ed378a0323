import * as fc from 'fast-check';

import { memory } from '../../../src/index.js';
import { twins } from '../../../src/adapters/memory/twins.js';
import { toRedisKeys } from '../../../src/keys.js';
import type { Call } from '../../../src/kinds/kind.js';
import { mutex } from '../../../src/kinds/mutex.js';
import * as scripts from '../../../src/scripts/generated.js';
import { type RedisServer, startRedis } from '../../support/redis-server.js';
import { send } from '../../support/scripts.js';
import { HEARD_CHANNELS, memoryWorld, realWorld, type View, type World } from '../../support/worlds.js';

const SHORT = 30;
const LONG = 10_000;
/** How much time a step lets pass: the end of every key with the short ttl. */
const STEP = 45;
/** Fencing tokens from here on are ahead of the clock of either world, and below it those that nobody has given out. */
const [LOW, AHEAD] = [1_000_000_000_000_000, 8_600_000_000_000_000];
const KEYS = { a: toRedisKeys('', 'a'), b: toRedisKeys('', 'b') };

type Key = keyof typeof KEYS;
type Place = 'lock' | 'fence';
type Step =
  | {
      do: 'acquire';
      key: Key;
      token: string;
      ttl: number;
      who: string;
      sections: number;
      channel: string | undefined;
    }
  | { do: 'release'; key: Key; token: string }
  | { do: 'extend'; key: Key; token: string; ttl: number }
  | { do: 'adopt'; key: Key; token: string; ttl: number; who: string; from: string };
type Command =
  | Step
  | { do: 'release as the holder'; key: Key }
  | { do: 'acquire all'; key: Key; order: Key[]; token: string; ttl: number; who: string; sections: number }
  | { do: 'several steps'; key: Key; steps: Step[] }
  | { do: 'set'; key: Key; at: Place; value: string; ttl: number | undefined }
  | { do: 'set a hash'; key: Key; at: Place }
  | { do: 'delete'; key: Key; at: Place }
  | { do: 'end the patience'; key: Key }
  | { do: 'spoil the notes'; key: Key }
  | { do: 'let time pass' };

const key = fc.constantFrom<Key>('a', 'a', 'a', 'b');
const at = fc.constantFrom<Place>('lock', 'fence');
const token = fc.constantFrom('token', 'other', 'token2');
const who = fc.constantFrom('host/1 Class.method', '', ' ', 'é 🔑', 'tok', 'line\nline');
const ttl = fc.constantFrom(SHORT, LONG);
const anyTtl = fc.option(ttl, { nil: undefined });
const sections = fc.constantFrom(1, 2, 5);
const channel = fc.option(fc.constantFrom('nobody-listens', 'latchkey:any:nobody', ...HEARD_CHANNELS), {
  nil: undefined,
});
const lock = fc.oneof(
  fc.constantFrom('', ' ', 'token', 'token ', 'token2x y', '5d4b5b1e-77ff-11f1', 'éé x', 'ééx y', '🔑k z'),
  fc.string({ unit: fc.constantFrom('t', 'o', ' ', 'é', '🔑'), maxLength: 10 }),
);
const fence = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(AHEAD, AHEAD + 1_000, 7).map(String) },
  { weight: 3, arbitrary: fc.constantFrom('', 'garbage', '1\n', '-1', '1'.repeat(17)) },
);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 30,
    arbitrary: fc.record({ do: fc.constant('acquire'), key, token, ttl, who, sections, channel }),
  },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('release'), key, token }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('extend'), key, token, ttl }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('adopt'), key, token, ttl, who, from: token }) },
);
const command: fc.Arbitrary<Command> = fc.oneof(
  { weight: 36, arbitrary: step },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('several steps'),
      key: fc.constant('a'),
      steps: fc.array(step, { minLength: 1, maxLength: 5 }),
    }),
  },
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('acquire all'),
      key: fc.constant('a'),
      order: fc.constantFrom<Key[]>(['a', 'b'], ['b', 'a'], ['b']),
      token,
      ttl,
      who,
      sections,
    }),
  },
  { weight: 12, arbitrary: fc.record({ do: fc.constant('release as the holder'), key }) },
  {
    weight: 3,
    arbitrary: fc.record({ do: fc.constant('set'), key, at: fc.constant('lock'), value: lock, ttl: anyTtl }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant('set'),
      key,
      at: fc.constant('fence'),
      value: fence,
      ttl: anyTtl,
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('set a hash'), key, at }) },
  { weight: 5, arbitrary: fc.record({ do: fc.constant('delete'), key, at }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('end the patience'), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('spoil the notes'), key }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('let time pass') }) },
);

function callOf(step: Step): Call<unknown> {
  const keys = KEYS[step.key];
  if (step.do === 'acquire') return mutex.acquire({ ...step, keys }, step.channel);
  if (step.do === 'extend') return mutex.extend({ ...step, keys, who: '', sections: 1 }, step.ttl);
  if (step.do === 'adopt') return mutex.adopt({ ...step, keys, sections: 1 }, step.from);
  return mutex.release({ ...step, keys });
}

/** Does one step. @returns the reply of a script, or the code of its error */
function take(
  world: World,
  step: Exclude<Command, { do: 'let time pass' }>,
  before: View | undefined,
): Promise<unknown> {
  const keys = KEYS[step.key];
  const codeOf = (error: Error) => error.message.split(' ')[0];
  switch (step.do) {
    case 'acquire':
    case 'extend':
    case 'adopt':
    case 'release':
      return send(world.adapter, callOf(step)).catch(codeOf);
    case 'acquire all': {
      const [first, ...more] = step.order.map((key) => ({ ...step, keys: KEYS[key] }));
      return send(world.adapter, mutex.acquireAll([first!, ...more])).catch(codeOf);
    }
    case 'several steps':
      return send(world.adapter, mutex.join(step.steps.map(callOf)));
    case 'release as the holder': {
      const [token = ''] = before?.lock?.split(' ') ?? [];
      return send(world.adapter, mutex.release({ token, keys })).catch(codeOf);
    }
    case 'set':
      return world.set(keys[step.at], step.value, step.ttl).then(() => undefined);
    case 'set a hash':
      return world.setHash(keys[step.at]).then(() => undefined);
    case 'delete':
      return world.delete(keys[step.at]).then(() => undefined);
    case 'end the patience':
      return world.renote(keys, (note) => note.replace(/^\d+/, '1')).then(() => undefined);
    case 'spoil the notes':
      return world.renote(keys, () => 'spoilt').then(() => undefined);
  }
}

/** A fencing token in words that are the same in every world: as it is when far ahead, else by its distance to the clock. */
const fenceIn = (fence: number, now: number): string =>
  fence >= AHEAD ? `fence ${fence}` : `fence of now + ${fence - now}`;

/** `since_ms who`, or what stands at a lock, without the time, which is another one in every world. */
const holderIn = (text: string): string => text.replace(/^([^ ]* )?\d{13} /, '$1since ');

/** A reply in such words, without the ms that are left. */
function replyIn(reply: unknown, view: View): unknown {
  if (typeof reply === 'string') return reply.split(' ')[0];
  if (!Array.isArray(reply) || reply.length === 1) return reply;
  const [granted, second, third, fourth] = reply as [number, number, number | string, number];
  if (granted === 0)
    return ['busy', second === -1 ? 'for ever' : 'for some ms', holderIn(String(third)), typeof fourth];
  return ['granted', fenceIn(second, Number(third)), `${Number(view.fence) - second + 1} reserved`];
}

/** The same for several locks at once. */
function allIn(reply: unknown): unknown {
  if (!Array.isArray(reply)) return reply;
  const [granted, second, ...more] = reply as [number, number, ...unknown[]];
  if (granted === 1) return ['all', ...more.map((fence) => fenceIn(Number(fence), second))];
  const [left, holder] = more;
  return ['none', `busy at ${second}`, left === -1 ? 'for ever' : 'for some ms', holderIn(String(holder))];
}

/** What lies at the keys, in such words. */
function viewIn({ lock, fence, waiting }: View, before: View | undefined, reply: unknown): unknown {
  const isOfClock = Number(fence) >= LOW && Number(fence) < AHEAD;
  const now = Array.isArray(reply) ? Number(reply.at(-1)) : 0;
  const noteIn = (note: string): string =>
    note.replace(/^\d{16}(?= )/, (deadline) => (Number(deadline) - now === 3_000_000 ? 'new' : 'older'));
  return {
    lock: lock && holderIn(lock),
    fence: isOfClock ? `of the clock, ${fence === before?.fence ? 'as before' : 'new'}` : fence,
    waiting: waiting.map(([token, note]) => [token, noteIn(note)]),
  };
}

const messageIn = ([channel, message]: [string, string]): string => {
  const grant = mutex.readGrant(message);
  if (grant === undefined) return `${channel} ${message}`;
  return `${channel} ${grant.token} ${grant.ttl} ${fenceIn(grant.fence, grant.at)}`;
};

/**
 * Does all of `commands`.
 *
 * @returns what came of it, in words that are the same in every world; the ms that were left of every key, which are
 *   not; and the longest time in ms that passed between two steps of time
 */
async function play(world: World, commands: Command[]) {
  const story: unknown[] = [];
  const left: number[] = [];
  const views: Partial<Record<Key, View>> = {};
  let longest = 0;
  let since = performance.now();
  const noteTime = (): void => void (longest = Math.max(longest, performance.now() - since));
  for (const step of commands) {
    if (step.do === 'let time pass') {
      noteTime();
      await world.letPass(STEP);
      since = performance.now();
      continue;
    }
    const reply = await take(world, step, views[step.key]);
    const all = step.do === 'acquire all';
    if (all) {
      story.push(allIn(reply));
      if (Array.isArray(reply) && reply.length === 5) left.push(Number(reply[2]));
    }
    const several = step.do === 'several steps';
    const replies = (several ? reply : all ? [] : [reply]) as unknown[];
    // All steps of one script have the same time.
    const timed = replies.find((one) => Array.isArray(one) && one.length > 1);
    for (const key of several || all ? (['a', 'b'] as const) : [step.key]) {
      const view = await world.view(KEYS[key]);
      const answers = replies.filter((_, i) => !several || step.steps[i]?.key === key);
      story.push([...answers.map((one) => replyIn(one, view)), viewIn(view, views[key], timed ?? reply)]);
      left.push(...view.left);
      views[key] = view;
    }
    for (const one of replies) if (Array.isArray(one) && one.length === 4) left.push(Number(one[1]));
  }
  noteTime();
  story.push((await world.heard()).map(messageIn));
  return { story, left, longest };
}

describe('the twins of the scripts', () => {
  let server: RedisServer;
  let real: World;
  beforeAll(async () => {
    server = await startRedis();
    real = await realWorld(server);
  });
  afterAll(() => real.close());

  it('are there for every script', () => {
    expect([...twins.keys()].sort()).toEqual(
      Object.values(scripts)
        .map(({ name }) => name)
        .sort(),
    );
  });

  it('refuse a script that they do not know', async () => {
    const unknown = { ...scripts.mutexAcquire, name: 'unknown' };
    await expect(memory().run(unknown, ['key'], [])).rejects.toThrow(
      'ERR memory() does not know the script unknown',
    );
  });

  it('answer, tell and leave behind what a real server does, whatever the order of the commands', async () => {
    const seen = new Set<string>();
    let told = 0;
    const property = fc.asyncProperty(
      fc.array(command, { minLength: 2, maxLength: 40, size: 'max' }),
      async (commands) => {
        await server.command('FLUSHALL');
        // What a list that failed has left behind is no failure of the next one.
        await real.heard();
        const started = performance.now();
        const wanted = await play(real, commands);
        const elapsed = performance.now() - started;
        const got = await play(await memoryWorld(), commands);
        // On a machine too busy to send the commands before the short ttl is over, the list says nothing.
        fc.pre(wanted.longest < SHORT - 5);

        expect(got.story).toEqual(wanted.story);
        // In memory, time passes only in the pauses; a server has lost at most what really passed, and rounds to 1 ms.
        const paused = STEP * commands.filter((step) => step.do === 'let time pass').length;
        got.left.forEach((left, i) => {
          expect(left - wanted.left[i]!).toBeGreaterThanOrEqual(-1);
          expect(left - wanted.left[i]!).toBeLessThanOrEqual(elapsed - paused + 1);
        });
        for (const part of wanted.story.slice(0, -1) as unknown[][]) {
          for (const reply of part.slice(0, -1)) seen.add(JSON.stringify(reply));
          if (part[0] === 'all' || part[0] === 'none') seen.add(JSON.stringify(part));
        }
        told += (wanted.story.at(-1) as unknown[]).length;
      },
    );
    await fc.assert(property, { numRuns: 170 });
    // The lists are no proof if they never get far.
    const all = [...seen].join('\n');
    for (const reply of [
      /^\[1\]$/m,
      /^\[0\]$/m,
      /^"BADFENCE"$/m,
      /^"WRONGTYPE"$/m,
      /^\["granted","fence of now \+ 0","1 reserved"\]$/m,
      new RegExp(`^\\["granted","fence ${AHEAD + 1}"`, 'm'),
      /^\["busy","for some ms","since host\/1 Class\.method","number"\]$/m,
      /^\["busy","for ever","","number"\]$/m,
      /^\["all","fence of now \+ 0","fence of now \+ 0"\]$/m,
      /^\["none","busy at 0","for some ms","since host\/1 Class\.method"\]$/m,
      /^\["none","busy at 1",/m,
    ]) {
      expect(all).toMatch(reply);
    }
    expect(told).toBeGreaterThan(20);
    // On a busy machine many lists are too slow to say anything, and others take their place.
  }, 60_000);
});
