import { setTimeout as sleep } from 'node:timers/promises';

import type { Locker } from '../../src/index.js';
import { killPrograms, now, Program } from '../programs/program.js';
import { deferred } from '../support/deferred.js';
import { delay, type FaultProxy, pass, startProxy, swallow } from '../support/fault-proxy.js';
import type { Fault } from '../../proof/rig/link-faults.js';
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

beforeEach(async () => {
  next = await directLocker(redis());
});

afterEach(closeLinked);
afterEach(killPrograms);

type Step = Parameters<typeof calls>[0];

/** A process of its own behind a proxy of its own, which takes one lock. */
class Victim {
  private constructor(
    readonly key: string,
    readonly program: Program,
    readonly proxy: FaultProxy,
  ) {}

  static async start(key: string): Promise<Victim> {
    const proxy = await startProxy(redis().port);
    const program = new Program('lock-client.mjs', { REDIS_URL: proxy.url });
    await program.next();
    return new Victim(key, program, proxy);
  }

  /** Kills it in the very moment at which it has sent this step; the bytes then go on, are lost, or come late. */
  async dieAt(step: Step, toServer: Fault): Promise<{ token: number }> {
    const isIt = calls(step);
    const answered = deferred();
    const died = new Promise<unknown>((resolve) => {
      this.proxy.onRequest = (bytes, link) => {
        if (!isIt(bytes)) return;
        this.proxy.onRequest = undefined;
        link.set({ toServer });
        this.proxy.onReply = () => answered.resolve();
        this.program.kill('SIGKILL');
        resolve(this.program.ended);
      };
    });
    const acquired = this.program.ask('acquire', { key: this.key, options: { ttl: TTL } });
    let token = 0;
    // Nobody answers what is sent last.
    if (step === 'acquire') void acquired.catch(() => undefined);
    else token = (await acquired)['fencingToken'] as number;
    if (step === 'release') void this.program.ask('release', { key: this.key }).catch(() => undefined);
    await died;
    // Then the server has done it; nobody hears of that any more.
    if (toServer === pass) await answered.promise;
    return { token };
  }
}

/** What it has sent when it dies, what becomes of that, and whether its lock is there then. */
const moments: [key: string, step: Step, toServer: Fault, stays: boolean][] = [
  ['acquire-arrives', 'acquire', pass, true],
  ['acquire-lost', 'acquire', swallow, false],
  ['extend-arrives', 'extend', pass, true],
  ['extend-lost', 'extend', swallow, true],
  ['release-arrives', 'release', pass, false],
  ['release-lost', 'release', swallow, true],
];

test('A1 S1 S2 S4 L3: of processes that are killed at any step of a lock, whether it arrives or not, the next one has the lock when it is free, and not before', async () => {
  const other = await next.acquire('other');
  const canary = await redis().command('GET', 'lock:other');
  const outcomes = await Promise.all(
    moments.map(async ([key, step, toServer, stays]) => {
      const { token } = await (await Victim.start(key)).dieAt(step, toServer);
      await eventually(() => redis().command('EXISTS', `lock:${key}`), stays ? 1 : 0);
      const asked = now();
      const left = Math.max(0, Number(await redis().command('PTTL', `lock:${key}`)));
      const lock = await next.acquire(key);
      const took = now() - asked;
      const rises = lock.fencingToken > token;
      return { key, left, took, rises, released: await lock.release() };
    }),
  );
  for (const { key, left, took } of outcomes)
    process.stdout.write(
      `a1-killed-holder.test.ts: ${key}: ${left} ms left, granted after ${took.toFixed(0)} ms\n`,
    );
  // PTTL is in whole ms.
  expect(outcomes.filter(({ left, took }) => took < left - 1)).toEqual([]);
  expect(outcomes.filter(({ left, took }) => took > left + GRANTED + BUSY)).toEqual([]);
  expect(outcomes.filter(({ rises, released }) => !rises || released !== 'released')).toEqual([]);
  expect(await redis().command('GET', 'lock:other')).toBe(canary);
  expect([other.held, await other.release()]).toEqual([true, 'released']);
  expect(await keysLeft(redis())).toEqual([]);
});

test('A1 S4: an extension and a release that arrive long after the processes that have sent them were killed do nothing to the next holder', async () => {
  await Promise.all(
    (['extend', 'release'] as const).map(async (step) => {
      const victim = await Victim.start(step);
      await victim.dieAt(step, delay(LATER));
      const sent = now();
      const lock = await next.acquire(step);
      expect(now() - sent).toBeLessThan(LATER);
      const value = await redis().command('GET', `lock:${step}`);
      let arrived = false;
      victim.proxy.onReply = () => (arrived = true);
      await sleep(sent + LATER + BUSY - now());
      expect(arrived).toBe(true);
      expect(await redis().command('GET', `lock:${step}`)).toBe(value);
      expect([lock.held, await lock.release()]).toEqual([true, 'released']);
    }),
  );
  expect(await keysLeft(redis())).toEqual([]);
});
