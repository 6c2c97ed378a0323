import { setTimeout as sleep } from 'node:timers/promises';

import type { Locker } from '../../src/index.js';
import { killPrograms, now, Program } from '../programs/program.js';
import { delay, type FaultProxy, startProxy, swallow } from '../support/fault-proxy.js';
import { keysLeft } from '../support/keys-left.js';
import { closeLinked, directLocker } from '../support/linked.js';
import { eventually } from '../support/pause.js';
import { sharedRedis } from '../support/redis-server.js';
import { calls } from '../support/script-calls.js';
import { BUSY } from './server-bounds.js';

const TTL = 600;
/** Promised: a crashed holder's lock is granted within the rest of its ttl and this, in ms. */
const GRANTED = 100;
/** Longer than the ttl, and than its successor needs to have the lock. */
const LATER = TTL + 500;

const redis = sharedRedis();
let next: Locker;
let holder: Program;
let proxy: FaultProxy;

beforeEach(async () => {
  next = await directLocker(redis());
  proxy = await startProxy(redis().port);
  holder = new Program('lock-client.mjs', { REDIS_URL: proxy.url });
  await holder.next();
});

afterEach(closeLinked);
afterEach(killPrograms);
afterEach(() => proxy.close());

type Step = Parameters<typeof calls>[0];

/** The process is killed in the very moment at which it has sent this; the bytes then go on, are lost, or come late. */
function killAt(step: Step, fault?: Parameters<typeof proxy.set>[0]): Promise<void> {
  const isIt = calls(step);
  return new Promise((resolve) => {
    proxy.onRequest = (bytes, link) => {
      if (!isIt(bytes)) return;
      proxy.onRequest = undefined;
      if (fault !== undefined) link.set(fault);
      holder.kill('SIGKILL');
      void holder.ended.then(() => resolve());
    };
  });
}

const acquire = (key: string) => holder.ask('acquire', { key, options: { ttl: TTL } });
const release = (key: string) => holder.ask('release', { key });
/** Nobody answers any more. */
const unanswered = (answer: Promise<unknown>): void => void answer.catch(() => undefined);

const moments: [string, Step, object | undefined, boolean][] = [
  ['while its acquire is under way, which arrives', 'acquire', undefined, true],
  ['while its acquire is under way, which is lost', 'acquire', { toServer: swallow }, false],
  ['while an extension is under way, which arrives', 'extend', undefined, true],
  ['while an extension is under way, which is lost', 'extend', { toServer: swallow }, true],
  ['while its release is under way, which arrives', 'release', undefined, false],
  ['while its release is under way, which is lost', 'release', { toServer: swallow }, true],
];

test.each(moments)(
  'A1 S1 S2 S4 L3: a process is killed %s: the next one has the lock when it is free, and not before',
  async (_when, step, fault, stays) => {
    const other = await next.acquire('other');
    const canary = await redis().command('GET', 'lock:other');
    const killed = killAt(step, fault);
    const granted = acquire('k');
    let token = 0;
    if (step === 'acquire') unanswered(granted);
    else token = (await granted)['fencingToken'] as number;
    if (step === 'release') unanswered(release('k'));
    await killed;
    // What has been sent is done before this is answered, but for what goes through the proxy.
    await eventually(() => redis().command('EXISTS', 'lock:k'), stays ? 1 : 0);
    const asked = now();
    const left = Math.max(0, Number(await redis().command('PTTL', 'lock:k')));
    expect(left > 0).toBe(stays);
    const lock = await next.acquire('k');
    const took = now() - asked;
    // PTTL is in whole ms.
    expect(took).toBeGreaterThanOrEqual(left - 1);
    expect(took).toBeLessThanOrEqual(left + GRANTED + BUSY);
    expect(lock.fencingToken).toBeGreaterThan(token);
    expect(await redis().command('GET', 'lock:other')).toBe(canary);
    expect(await lock.release()).toBe('released');
    expect([other.held, await other.release()]).toEqual([true, 'released']);
    expect(await keysLeft(redis())).toEqual([]);
  },
);

test.each<[string, Step]>([
  ['an extension', 'extend'],
  ['a release', 'release'],
])(
  'A1 S4: %s that arrives long after the process that has sent it was killed does nothing to the next holder',
  async (_what, step) => {
    const killed = killAt(step, { toServer: delay(LATER) });
    let arrived = false;
    await acquire('k');
    if (step === 'release') unanswered(release('k'));
    await killed;
    const sent = now();
    const lock = await next.acquire('k');
    expect(now() - sent).toBeLessThan(LATER);
    const value = await redis().command('GET', 'lock:k');
    proxy.onReply = () => (arrived = true);
    await sleep(sent + LATER + BUSY - now());
    expect(arrived).toBe(true);
    expect(await redis().command('GET', 'lock:k')).toBe(value);
    expect([lock.held, await lock.release()]).toEqual([true, 'released']);
    expect(await keysLeft(redis())).toEqual([]);
  },
);
