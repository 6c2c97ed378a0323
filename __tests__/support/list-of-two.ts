import type { LockEvents } from '../../src/core/events.js';
import type { AcquireRequest } from '../../src/core/request.js';
import { takeTogether } from '../../src/core/together.js';
import { toRedisKeys } from '../../src/keys.js';
import { request, scriptedEngine, TOKEN, TTL } from './engine.js';
import { RELEASED, type Sent } from './scripted-adapter.js';

export const FIRST = { key: 'k', name: 'Test.run' };
export const SECOND = { key: 'l', name: 'Test.list' };
export const [KEYS_OF_FIRST, KEYS_OF_SECOND] = [toRedisKeys('lock:', 'k'), toRedisKeys('lock:', 'l')];

/** The releases of both, as {@link listOfTwo} tells of them. */
export const BOTH = [
  ['mutex-release', 'lock:k', TOKEN],
  ['mutex-release', 'lock:l', TOKEN],
];

/** What Redis says of a list: its fencing tokens, or who has one of its locks. */
export const taken = (...fences: number[]): unknown[] => [1, 1_700_000_000_000_000, ...fences];
export const inTheWay = (index: number, holder = '1699999999960 other/2 there'): unknown[] => [
  ...[0, index, 10_000],
  ...[holder, 1_700_000_000_000_000],
];

/** A call for the locks `k` and `l` together, its command, and what is told meanwhile. */
export function listOfTwo(change: Partial<AcquireRequest> = {}) {
  const world = scriptedEngine();
  const { engine, environment, adapter, told } = world;
  const asked = { since: environment.mono, ...change };
  const call = takeTogether(engine, [
    request({ site: FIRST, keys: KEYS_OF_FIRST, ...asked }),
    request({ site: SECOND, keys: KEYS_OF_SECOND, ...asked }),
  ]);
  const heard = (name: keyof LockEvents): unknown[] =>
    told.filter(([each]) => each === name).map(([, event]) => event);
  const names = (): string[] => told.map(([name]) => name);
  const sent = (): Promise<Sent> => adapter.next('mutex-acquire-all');
  /** The locks whose release was sent, and confirmed, since the last look; each with the token that is given back. */
  const givenBack = async (): Promise<unknown[]> => {
    await environment.pass(0);
    const releases = adapter.unseen.splice(0);
    for (const release of releases) await release.reply(RELEASED);
    return releases.map((release) => [release.name, release.keys[0], ...release.args]);
  };
  /** When nothing of an attempt can be left, that is made now. */
  const certainAt = environment.wall + TTL;
  return { ...world, call, heard, names, sent, givenBack, certainAt };
}
