import { OUTCOMES } from './oracle.js';
import type { Liveness, Played } from './schedule.js';
import { KINDS } from './weather.js';

/** From this many schedules on, whatever never happened makes a run vacuous. */
const ENOUGH = 1_000;

/** Sums over schedules; plain data, so that workers can send it. */
export interface Tally {
  schedules: number;
  events: number;
  calls: number;
  /** Virtual ms. */
  time: number;
  /** Schedules of fewer than 500 events. */
  short: number;
  readonly counts: Record<string, number>;
  /** The worst, on one server and on several; undefined where nobody looked. */
  liveness: { readonly one?: Liveness | undefined; readonly several?: Liveness | undefined };
  /** Seeds, each with its first violations. */
  readonly failed: [seed: number, violations: string[]][];
}

export function emptyTally(): Tally {
  const counts = Object.fromEntries([...KINDS, ...OUTCOMES].map((name) => [name, 0]));
  return { schedules: 0, events: 0, calls: 0, time: 0, short: 0, counts, liveness: {}, failed: [] };
}

export function add(tally: Tally, played: Played): void {
  tally.schedules++;
  tally.events += played.events;
  tally.calls += played.calls;
  tally.time += played.time;
  if (played.events < 500) tally.short++;
  for (const [kind, count] of played.faults) tally.counts[kind] = (tally.counts[kind] ?? 0) + count;
  for (const [name, count] of played.outcomes) tally.counts[name] = (tally.counts[name] ?? 0) + count;
  if (played.liveness) {
    const those = played.servers === 1 ? 'one' : 'several';
    tally.liveness = { ...tally.liveness, [those]: worse(tally.liveness[those], played.liveness) };
  }
  if (played.violations.length > 0) tally.failed.push([played.seed, played.violations.slice(0, 3)]);
}

export function merge(one: Tally, other: Tally): Tally {
  const counts = { ...one.counts };
  for (const [name, count] of Object.entries(other.counts)) counts[name] = (counts[name] ?? 0) + count;
  const sum = (name: 'schedules' | 'events' | 'calls' | 'time' | 'short'): number => one[name] + other[name];
  return {
    schedules: sum('schedules'),
    events: sum('events'),
    calls: sum('calls'),
    time: sum('time'),
    short: sum('short'),
    counts,
    liveness: {
      one: worse(one.liveness.one, other.liveness.one),
      several: worse(one.liveness.several, other.liveness.several),
    },
    failed: [...one.failed, ...other.failed].sort(([a], [b]) => a - b),
  };
}

function worse(one?: Liveness, other?: Liveness): Liveness | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return {
    gaps: one.gaps + other.gaps,
    longest: Math.max(one.longest, other.longest),
    unfair: Math.max(one.unfair, other.unfair),
  };
}

/** @returns what a long run has never seen, though it has to: empty when it shows something */
export function whatIsMissing({ schedules, counts, liveness }: Tally): string[] {
  if (schedules < ENOUGH) return [];
  const gaps = Object.entries(liveness).map(([those, live]) => [`free on ${those}`, live?.gaps] as const);
  return [...Object.entries(counts), ...gaps].filter(([, count]) => count === 0).map(([name]) => name);
}

/** @param seconds - how long it took */
export function describe(tally: Tally, seconds: number): string {
  const { schedules, events, calls, time, short, counts } = tally;
  const per = (n: number): string => (n / schedules).toFixed(1);
  return [
    `${schedules} schedules in ${seconds.toFixed(1)} s: ${Math.round(schedules / seconds)} schedules/s, ${Math.round(events / seconds)} events/s`,
    `each: ${per(calls)} calls, ${per(events)} events (${short} schedules had fewer than 500), ${per(time / 1_000)} virtual s`,
    `time is ${Math.round(time / 1_000 / seconds)} times faster than real`,
    ...Object.entries(tally.liveness).flatMap(([those, live]) => {
      if (live === undefined) return [];
      const { gaps, longest, unfair } = live;
      const shares =
        unfair > 1 ? `, the most a process had for each grant of another ${unfair.toFixed(2)}` : '';
      return `${those}: ${gaps} times free while somebody waited, ${longest.toFixed(1)} ms at most${shares}`;
    }),
    ...Object.entries(counts).map(([name, count]) => `  ${name.padEnd(16)} ${count}`),
  ].join('\n');
}
