import { quorumAcquire } from '../scripts/generated.js';
import type { Kind } from './kind.js';
import { inOrder, mutex, takes } from './mutex.js';

/**
 * The {@link mutex} on several independent servers.
 *
 * @param memory - the key at which each of them notes since when it remembers
 * @param longest - the longest ttl that a lock may have, in ms: so long a server that was started empty grants none; 0
 *   trusts it at once
 */
export function quorumMutex(memory: string, longest: number): Kind {
  const acquire: Kind['acquire'] = (tenure) => ({
    script: quorumAcquire,
    keys: [...inOrder(tenure.keys), memory],
    args: [tenure.token, String(tenure.ttl), tenure.who, String(tenure.sections), String(longest)],
    ...takes(tenure),
  });
  return {
    ...mutex,
    acquire,
    extend: (tenure, ttl) => ({
      // Whatever it was granted with there: a server that was mended has granted it later than the others. Nothing is passed on.
      ...mutex.extend(tenure, ttl, Number.MAX_SAFE_INTEGER),
      mend: () => acquire({ ...tenure, ttl }, undefined),
    }),
  };
}
