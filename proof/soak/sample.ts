import type { Judged } from '../checker/check.js';
import { callId } from '../checker/claims.js';
import type { Arena } from '../chaos/arena.js';
import { slopePerHour, quantile } from './trend.js';

/** What was measured at the end of one round, when all rested. */
export interface Sample {
  /** Since the start. */
  readonly minutes: number;
  readonly acquisitions: number;
  /** Bytes after a collection, of the workers that live to the end, on average. */
  readonly heap: number;
  /** The same, of all their memory. */
  readonly rss: number;
  /** Connections of these workers, on average. */
  readonly sockets: number;
  /** Keys in the server. */
  readonly keys: number;
  /** Connections of the server. */
  readonly clients: number;
  /** ms from the question to the entry, of locks that few want, in the calm at the end of the round. */
  readonly p50: number;
  readonly p99: number;
}

export function sampleOf(
  minutes: number,
  acquisitions: number,
  { workers, keys, clients }: Awaited<ReturnType<Arena['rest']>>,
  judged: Judged,
): Sample {
  const mean = (of: (typeof workers)[number][], what: 'heap' | 'rss' | 'sockets'): number =>
    of.reduce((sum, one) => sum + one[what], 0) / Math.max(1, of.length);
  const waits = waitsInTheCalm(judged);
  return {
    ...{ minutes, acquisitions, keys, clients },
    ...{ heap: mean(workers, 'heap'), rss: mean(workers, 'rss'), sockets: mean(workers, 'sockets') },
    ...{ p50: quantile(waits, 0.5), p99: quantile(waits, 0.99) },
  };
}

function waitsInTheCalm({ events }: Judged): number[] {
  const healed = events.find(({ type }) => type === 'healed')?.at ?? Infinity;
  const asked = new Map<string, number>();
  const waits: number[] = [];
  for (const event of events) {
    // The first second is for what the faults have left behind.
    if (event.at < healed + 1_000) continue;
    if (event.type === 'inv' && event.keys.length === 1 && event.keys[0]!.startsWith('warm'))
      asked.set(callId(event), event.at);
    if (event.type === 'enter' && asked.has(callId(event))) waits.push(event.at - asked.get(callId(event))!);
  }
  return waits;
}

/** Heap may grow by so many bytes in an hour. */
const HEAP_PER_HOUR = 2 ** 20;

/** So long a run says something about growth, minutes: the first fifth of it is for code to be compiled and buffers to find their size. */
const ENOUGH = 30;

export interface Trends {
  /** Bytes per hour behind the first fifth. */
  readonly heapPerHour: number;
  /** What grows and should not. */
  readonly problems: readonly string[];
}

/** What grows. A short run is only looked at for keys and connections. */
export function trends(samples: readonly Sample[]): Trends {
  const later = samples.slice(Math.floor(samples.length / 5));
  const minutes = later.map((one) => one.minutes);
  const heapPerHour = slopePerHour(
    minutes,
    later.map(({ heap }) => heap),
  );
  const problems: string[] = [];
  const whole = (samples.at(-1)?.minutes ?? 0) >= ENOUGH;
  if (whole && heapPerHour > HEAP_PER_HOUR)
    problems.push(`the heap grows by ${(heapPerHour / 2 ** 20).toFixed(2)} MiB per hour`);
  const [first, last] = [later[0], later.at(-1)];
  // Of the server's connections some belong to workers that were killed and have others in their place.
  for (const what of ['keys', 'sockets'] as const)
    if (first !== undefined && last![what] > first[what])
      problems.push(`there were ${first[what]} ${what}, and ${last![what]} at the end`);
  return { heapPerHour, problems };
}
