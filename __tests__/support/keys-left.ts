import type { MemoryAdapter } from '../../src/index.js';

/** The fence key of a lock, in both of its forms: `{lock:x}:~v1:fence` and `lock:{x}:~t1:fence`. */
const FENCE = /^(?:\{.+\}:~v1|.*\{.+\}.*:~t1):fence$/s;

/** What lies in the store of `memory()`, but the fences. */
export function keysIn({ keyspace }: MemoryAdapter): string[] {
  return keyspace.keys().filter((key) => !FENCE.test(key));
}

/** How long a fence outlives its last grant at most, in ms. */
const FENCE_TTL = 86_400_000;

/** Sends one command to Redis. */
interface Server {
  command(...command: string[]): Promise<unknown>;
}

/**
 * All keys on the server, sorted, but the fences, which outlive their locks for a day: a lock, a queue or a hash of
 * waiters that stays behind is among them, and so is a fence that would stay for ever.
 */
export async function keysLeft(server: Server): Promise<string[]> {
  const left: string[] = [];
  for (const key of (await server.command('KEYS', '*')) as string[]) {
    const ttl = FENCE.test(key) ? Number(await server.command('PTTL', key)) : 0;
    if (!(ttl > 0 && ttl <= FENCE_TTL)) left.push(key);
  }
  return left.sort();
}
