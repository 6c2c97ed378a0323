import type { Event } from './history.js';

/** While a process believed, with reason, that a lock was its own: from entering to exit, abort, death or the end of the lease. */
export interface Claim {
  /** `process#call`, as a witness names it. */
  readonly id: string;
  readonly process: string;
  readonly call: number;
  readonly key: string;
  readonly fence: number;
  /** ms */
  readonly from: number;
  /** ms */
  readonly to: number;
}

/** Whether it was a claim at all: who stood still on its way in finds its lease over, and knows it. */
export const isReal = ({ from, to }: Claim): boolean => from < to;

/** What a check has found. */
export interface Violation {
  readonly check: string;
  /** When, in ms of the history. */
  readonly at: number;
  readonly key?: string;
  readonly text: string;
}

export const callId = (event: { readonly process: string; readonly call: number }): string =>
  `${event.process}#${event.call}`;

/** When each process was killed or had ended, in ms; Infinity for one that did neither. */
export function deaths(events: readonly Event[]): (process: string) => number {
  const at = new Map<string, number>();
  for (const event of events)
    if (event.type === 'killed' || event.type === 'ended')
      at.set(event.process, Math.min(at.get(event.process) ?? Infinity, event.at));
  return (process) => at.get(process) ?? Infinity;
}

interface Open {
  readonly entered: (Event & { type: 'enter' })[];
  end: number;
  until: number;
  over: boolean;
}

/** The claims of all calls that entered, one for each key, in the order of entering. */
export function claimsOf(events: readonly Event[]): Claim[] {
  const deathOf = deaths(events);
  const open = new Map<string, Open>();
  for (const event of events) {
    if (event.type === 'enter') {
      const call = open.get(callId(event));
      if (call !== undefined) call.entered.push(event);
      else {
        const end = deathOf(event.process);
        open.set(callId(event), { entered: [event], end, until: event.until, over: false });
      }
      continue;
    }
    if (event.type !== 'look' && event.type !== 'exit' && event.type !== 'abort') continue;
    const call = open.get(callId(event));
    if (call === undefined) continue;
    // What was seen to be over is over: what is said of it later is a matter of another check.
    if (event.type !== 'look') call.end = Math.min(call.end, event.at);
    else if (event.until === undefined) call.over = true;
    else if (!call.over && event.at < call.end) call.until = Math.max(call.until, event.until);
  }
  return [...open].flatMap(([id, { entered, end, until }]) =>
    entered.map(({ process, call, key, fence, at }) => {
      return { id, process, call, key, fence, from: at, to: Math.max(at, Math.min(end, until)) };
    }),
  );
}

/** Puts an item behind the others of its group. */
export function push<Item>(groups: Map<string, Item[]>, name: string, item: Item): void {
  const group = groups.get(name);
  if (group === undefined) groups.set(name, [item]);
  else group.push(item);
}

/** The items by their key, each group in the order of the items. */
export function byKey<Item extends { readonly key: string }>(items: Iterable<Item>): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) push(groups, item.key, item);
  return groups;
}
