/** A warning for those whose Redis deletes locks to save memory. */
import type { Adapter } from './adapters/adapter.js';
import { serverMemory } from './kinds/server-memory.js';

/** Once for each client, however many lockers use it. */
const asked = new WeakSet<Adapter>();

/**
 * Asks the server behind `adapter`, once, what it does when its memory is used up, and warns when it may evict locks. A
 * server that does not say, or that does not give the right to ask, is left alone.
 *
 * @param lockKey - a key whose server is asked
 */
export async function warnOfEviction(
  adapter: Adapter,
  lockKey: string,
  warn: (message: string, code: string) => void,
): Promise<void> {
  if (asked.has(adapter)) return;
  asked.add(adapter);
  const question = serverMemory(lockKey);
  try {
    const { script, keys, args } = question;
    const { most, policy } = question.read(await adapter.run(script, keys, args));
    if (most === 0 || policy === '' || policy === 'noeviction') return;
    warn(
      `Redis may evict locks while they are held: its maxmemory-policy is ${policy}. Use noeviction where locks are`,
      'LATCHKEY_EVICTION',
    );
  } catch {
    // Nobody waits for this, and who takes locks hears of what is wrong with the server.
  }
}
