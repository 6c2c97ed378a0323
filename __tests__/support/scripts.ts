import type { Adapter } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import type {
  AcquireReply,
  AdoptReply,
  Command,
  ExtendReply,
  ReleaseReply,
  Tenure,
} from '../../src/kinds/kind.js';
import { mutex } from '../../src/kinds/mutex.js';

export const OURS = 'o'.repeat(27);
export const THEIRS = 't'.repeat(27);
export const WHO = 'host/1 Class.method';
/** What stands at a lock of `token`; since when, and with which fencing token, is a matter of the moment. */
export const valueOf = (token: string, who = WHO): RegExp =>
  new RegExp(`^${token} \\d{16} \\d{13} ${who.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`);
/** The keys of the lock `key` without a prefix. */
export const KEYS = toRedisKeys('', 'key');
/** How long a place in the queue is kept without a word from who waits there, in ms. */
export const PATIENCE = 3_000;

/** An ownership of the lock `key`, of which a test changes what it is about. */
export function tenure(change: Partial<Tenure> = {}): Tenure {
  return { keys: KEYS, token: OURS, ttl: 10_000, who: WHO, sections: 1, ...change };
}

/** Sends one call to one adapter. @returns the reply to it, as the adapter gives it */
export async function send(adapter: Adapter, command: Command): Promise<unknown> {
  const { script, keys, args, open } = mutex.sign(command, 'nonce');
  return open(await adapter.run(script, keys, args));
}

/** @param channel - where to tell of a later grant; undefined takes no place in the queue */
export async function acquire(
  adapter: Adapter,
  change?: Partial<Tenure>,
  channel?: string,
): Promise<AcquireReply> {
  const call = mutex.acquire(tenure(change), channel);
  return call.read(await send(adapter, call));
}

/** Acquires what is free. @returns the first fencing token, and the time of the grant */
export async function grant(
  adapter: Adapter,
  change?: Partial<Tenure>,
): Promise<{ fence: number; at: number }> {
  const reply = await acquire(adapter, change);
  if (!reply.granted) throw new Error(`not granted: held by ${reply.holder ?? 'somebody'}`);
  return reply;
}

/** @param fence - the first fencing token of the grant; by default, whatever it was */
export async function extend(
  adapter: Adapter,
  ttl: number,
  change?: Partial<Tenure>,
  fence = Number.MAX_SAFE_INTEGER,
): Promise<ExtendReply> {
  const call = mutex.extend(tenure(change), ttl, fence);
  return call.read(await send(adapter, call));
}

/** @param from - whose lock it is to be until then */
export async function adopt(adapter: Adapter, from: string, change?: Partial<Tenure>): Promise<AdoptReply> {
  const call = mutex.adopt(tenure(change), from);
  return call.read(await send(adapter, call));
}

export async function release(adapter: Adapter, change?: Partial<Tenure>): Promise<ReleaseReply> {
  const call = mutex.release(tenure(change));
  return call.read(await send(adapter, call));
}

/** The releases of so many locks that nobody holds, as one command. @returns what each was answered */
export async function releaseMany(adapter: Adapter, steps: number): Promise<ReleaseReply[]> {
  const call = mutex.release(tenure());
  const joined = mutex.join(Array.from({ length: steps }, () => call));
  return joined.read(await send(adapter, joined)).map((reply) => call.read(reply));
}
