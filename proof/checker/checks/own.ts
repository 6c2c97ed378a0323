import { callId, type Violation } from '../claims.js';
import type { Judged } from '../check.js';

/** How Redis says that there is something else at a key than a lock or a fencing token. */
const SPOILT = /WRONGTYPE|BADFENCE/;

/** So long after a key was spoilt somebody may hear of it, in ms: it stays so for a while, and links are late. */
const NEWS = 2_000;

/** E1: of what is wrong with one key, nobody is told who has not asked for it. */
export function own({ events }: Judged): Violation[] {
  const found: Violation[] = [];
  const spoilt = new Map<string, number>();
  // The keys of calls that are for several, of each process: what is wrong with one is told of the first.
  const together = new Map<string, Map<string, readonly string[]>>();
  for (const event of events) {
    const { at, process } = event;
    if (event.type === 'spoilt') spoilt.set(event.key, at);
    if (event.type === 'done') together.get(process)?.delete(callId(event));
    if (event.type === 'inv' && event.keys.length > 1) {
      const lists = together.get(process) ?? new Map<string, readonly string[]>();
      together.set(process, lists.set(callId(event), event.keys));
    }
    if (event.type !== 'failed' || !SPOILT.test(event.why)) continue;
    const { key } = event;
    const lists = [...(together.get(process)?.values() ?? [])].filter((keys) => keys.includes(key));
    if ([key, ...lists.flat()].some((one) => (spoilt.get(one) ?? -Infinity) + NEWS > at)) continue;
    found.push({ check: 'own', at, key, text: `${process} was told of what is wrong with another key` });
  }
  return found;
}
