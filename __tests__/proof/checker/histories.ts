import type { Event } from '../../../proof/checker/history.js';

/** What a call of `process` tells whose body is at work from `from` to `to`, ms. */
export function call(
  process: string,
  number: number,
  fence: number,
  from: number,
  to: number,
  { key = 'k', until = from + 1_000, outcome = 'ok' } = {},
): Event[] {
  const of = { process, call: number };
  return [
    { ...of, at: from - 1, type: 'inv', keys: [key], timeout: 1_000 },
    { ...of, at: from, type: 'enter', key, fence, until },
    { ...of, at: to, type: 'exit' },
    { ...of, at: to + 1, type: 'done', outcome },
  ];
}

/** Only that it was asked for and entered. */
export const begun = (events: Event[]): Event[] => events.slice(0, 2);

export const own = (token: string, at: number, until: number, by = token, key = 'k'): Event => ({
  ...{ at, process: 'server', type: 'own', key, token, until },
  by: by === 'operator' ? by : [by],
});
/** The same, behind others that were told of it in vain. */
export const ownBehind = (tried: string[], ...[token, at, until, by]: Parameters<typeof own>): Event =>
  ({ ...own(token, at, until, by), tried }) as Event;
/** One of several that are taken at once. */
export const ownOf = (all: string[], key: string, token: string, at: number): Event =>
  ({ ...own(token, at, at + 1_000, token, key), all }) as Event;
export const waits = (token: string, at: number): Event => ({
  ...{ at, process: 'server', type: 'wait', key: 'k', token },
});
export const leaves = (token: string, at: number): Event => ({
  ...{ at, process: 'server', type: 'leave', key: 'k', token },
});
export const meddled = (at: number): Event => ({ at, process: 'server', type: 'meddled', key: 'k' });
export const spoilt = (at: number, key = 'k'): Event => ({ at, process: 'server', type: 'spoilt', key });
export const gave = (at: number, outcome: string): Event => ({
  ...{ at, process: 'a', type: 'gave', call: 1, outcome },
});
export const failed = (at: number, why: string): Event => ({
  ...{ at, process: 'a', type: 'failed', key: 'k', why },
});
/** Asked, by a call whose body wants so much of its lease. */
export const wanting = (events: Event[], least: number, byHand = false): Event[] =>
  events.map((event) => (event.type === 'inv' ? { ...event, least, byHand } : event));
/** At work for so long that nothing else of its process goes on. */
export const busy = (process: string, since: number, to: number): Event => ({
  ...{ at: since, process, type: 'stood', since, to },
});
export const fence = (token: string, at: number, last: number, after = last - 1, key = 'k'): Event => ({
  ...{ at, process: 'server', type: 'fence', key, token, last, after },
});
export const disown = (at: number, by: string): Event => ({
  ...{ at, process: 'server', type: 'disown', key: 'k' },
  by: by === 'operator' ? by : [by],
});
export const look = (process: string, at: number, until?: number): Event => ({
  ...{ at, process, type: 'look', call: 1 },
  ...(until === undefined ? {} : { until }),
});
export const abort = (process: string, at: number): Event => ({ at, process, type: 'abort', call: 1 });
export const threw = (process: string, at: number): Event => ({
  ...{ at, process, type: 'exit', call: 1, threw: true },
});
export const clash = (process: string, at: number, other: string): Event => ({
  ...{ at, process, type: 'clash', call: 1, key: 'k', with: other },
});
export const wrote = (at: number, token: number, accepted: boolean): Event => ({
  ...{ at, process: 'a', type: 'write', call: 1, key: 'k', fence: token, accepted },
});
export const happened = (process: string, at: number, type: 'killed' | 'stopped' | 'resumed'): Event => ({
  at,
  process,
  type,
});
export const asked = (at: number, timeout: number, number = 1): Event => ({
  ...{ at, process: 'a', type: 'inv', call: number, keys: ['k'], timeout },
});
export const done = (at: number, outcome: string, number = 1): Event => ({
  ...{ at, process: 'a', type: 'done', call: number, outcome },
});
export const healed = (at: number): Event => ({ at, process: 'nemesis', type: 'healed' });
export const ended = (at: number, code: number): Event => ({ at, process: 'a', type: 'ended', code });
export const left = (at: number, ...keys: string[]): Event => ({
  at,
  process: 'nemesis',
  type: 'left',
  keys,
});
