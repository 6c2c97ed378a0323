import { createClient } from 'redis';

import { createLocker, type Locker, type LockerOptions, nodeRedis } from '../../src/index.js';
import { type FaultProxy, startProxy } from './fault-proxy.js';
import type { RedisServer } from './redis-server.js';

/** A locker of a test, and the link through which it reaches the server. */
export interface Linked {
  readonly locker: Locker;
  readonly proxy: FaultProxy;
}

const closers: (() => Promise<void>)[] = [];

/**
 * Closes what the functions below have made since. Links are healed first, so that what a locker takes back behind its
 * callers' backs is taken back.
 */
export async function closeLinked(): Promise<void> {
  await Promise.all(closers.splice(0).map((close) => close()));
}

/** A locker with a client, and with a proxy of its own between that and the server. */
export async function linkedLocker(
  server: RedisServer,
  options?: LockerOptions,
  random?: () => number,
): Promise<Linked> {
  const proxy = await startProxy(server.port, random);
  const locker = await lockerAt(proxy.url, options, () => proxy.heal());
  closers.push(() => proxy.close());
  return { locker, proxy };
}

/** A locker without anything between. All scripts are known to the server afterwards: each step is one EVALSHA. */
export async function directLocker(server: RedisServer, options?: LockerOptions): Promise<Locker> {
  const locker = await lockerAt(server.url, options, () => undefined);
  await locker.withLock('warm', (lock) => lock.extend());
  return locker;
}

async function lockerAt(url: string, options: LockerOptions | undefined, heal: () => void): Promise<Locker> {
  const client = createClient({ url });
  client.on('error', () => undefined);
  await client.connect();
  const locker = createLocker(nodeRedis(client), options);
  closers.push(async () => {
    heal();
    await locker.close({ grace: 0 });
    client.destroy();
  });
  return locker;
}

/** What became of a promise, and after how many ms. */
export interface Settled<Value> {
  readonly ms: number;
  readonly value?: Value;
  readonly error?: unknown;
}

/** Makes a call, and never rejects. The time begins before the call does: so it is never less than what the call has waited. */
export async function settled<Value>(call: () => Promise<Value>): Promise<Settled<Value>> {
  const start = performance.now();
  const ms = (): number => performance.now() - start;
  return call().then(
    (value) => ({ ms: ms(), value }),
    (error: unknown) => ({ ms: ms(), error }),
  );
}

/** Promised: every wait ends this much after its timeout at the latest, in ms, on a machine that is busy. */
export const LATE = 250;
