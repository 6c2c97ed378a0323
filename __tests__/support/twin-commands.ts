import * as fc from 'fast-check';

import { toRedisKeys } from '../../src/keys.js';
import { HEARD_CHANNELS } from './worlds.js';

/** A ttl that a step of time ends, in ms; all commands between two such steps must not take so long, on a busy machine either. */
const SHORT = 120;
const LONG = 10_000;
/** Fencing tokens from here on are ahead of the clock of either world. */
export const AHEAD = 8_600_000_000_000_000;
export const KEYS = { a: toRedisKeys('', 'a'), b: toRedisKeys('', 'b') };

export type Key = keyof typeof KEYS;
type Place = 'lock' | 'fence';
export type Step =
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
  | { do: 'extend'; key: Key; token: string; ttl: number; fence: 'any' | 'as granted' | 'an earlier one' }
  | { do: 'adopt'; key: Key; token: string; ttl: number; who: string; from: string };
export type Command =
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
const granted = fc.constantFrom('any', 'as granted', 'an earlier one');
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
  { weight: 6, arbitrary: fc.record({ do: fc.constant('extend'), key, token, ttl, fence: granted }) },
  { weight: 6, arbitrary: fc.record({ do: fc.constant('adopt'), key, token, ttl, who, from: token }) },
);
/** What can be done at the locks `a` and `b`. */
export const command: fc.Arbitrary<Command> = fc.oneof(
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

/** The first of all ttls that a list has in it, in ms: what its commands must not take between two steps of time. */
export function shortestTtl(commands: readonly Command[]): number {
  const steps = commands.flatMap((one) => (one.do === 'several steps' ? one.steps : [one]));
  return Math.min(LONG, ...steps.map((one) => ('ttl' in one ? (one.ttl ?? LONG) : LONG)));
}

const HOLDER = 'host/1 Class.method';
const acquire = (by: string, channel?: string): Step => ({
  do: 'acquire',
  key: 'a',
  token: by,
  ttl: LONG,
  who: HOLDER,
  sections: 1,
  channel,
});
const extend = (fence: 'as granted' | 'an earlier one'): Step => ({
  do: 'extend',
  key: 'a',
  token: 'token',
  ttl: LONG,
  fence,
});
const acquireAll = (order: Key[]): Command => ({
  do: 'acquire all',
  key: 'a',
  order,
  token: 'other',
  ttl: LONG,
  who: HOLDER,
  sections: 1,
});
const put = (place: Place, value: string): Command => ({
  do: 'set',
  key: 'a',
  at: place,
  value,
  ttl: undefined,
});

/** Lists that see all sorts of replies, whatever chance makes of the others. */
export const FAR_AHEAD: Command[][] = [
  [
    acquire('token'),
    acquire('other'),
    acquireAll(['a', 'b']),
    acquireAll(['b', 'a']),
    { do: 'release', key: 'a', token: 'token' },
    { do: 'release', key: 'a', token: 'token' },
  ],
  [acquireAll(['a', 'b']), { do: 'release as the holder', key: 'a' }],
  [put('fence', String(AHEAD)), acquire('token')],
  [put('fence', 'garbage'), acquire('token')],
  [
    acquire('token'),
    extend('as granted'),
    extend('an earlier one'),
    acquire('token'),
    acquire('other', HEARD_CHANNELS[0]),
    extend('an earlier one'),
    { do: 'extend', key: 'a', token: 'other', ttl: LONG, fence: 'as granted' },
  ],
  [put('lock', ''), acquire('token')],
  [{ do: 'set a hash', key: 'a', at: 'lock' }, acquire('token')],
];
