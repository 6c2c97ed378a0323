import type { Trace } from './trace.js';
import type { World } from './world.js';

/** What can go wrong, and what callers do: each schedule has some of them. */
export const KINDS = [
  'request-lost',
  'reply-lost',
  'delay',
  'half-open',
  'pause',
  'suspend',
  'kill',
  'wall-jump',
  'server-jump',
  'restart',
  'delete',
  'failover',
  'error-reply',
  'message-lost',
  'message-doubled',
  'message-forged',
  'abort',
  'slow-body',
  'extend',
  'close',
  'adoption',
  'try',
  'list',
] as const;

export type FaultKind = (typeof KINDS)[number];

/** How often, of a hundred, what happens by chance does happen. */
const CHANCES: Partial<Record<FaultKind, number>> = {
  'request-lost': 4,
  'reply-lost': 4,
  delay: 4,
  'error-reply': 3,
  'message-lost': 20,
  'message-doubled': 20,
  abort: 15,
  'slow-body': 20,
  extend: 25,
  adoption: 20,
  try: 25,
  list: 20,
};

const ERRORS = [
  'LOADING Redis is loading the dataset in memory',
  "OOM command not allowed when used memory > 'maxmemory'",
  "READONLY You can't write against a read only replica.",
];

/** Which kinds there are in one schedule, while they last, and how often each has happened. */
export class Weather {
  readonly counts = new Map<FaultKind, number>();
  /** Those who can say something on a channel. */
  readonly forgers = new Set<(message: string) => void>();
  healed = false;

  constructor(
    readonly world: World,
    readonly kinds: ReadonlySet<FaultKind>,
    readonly trace: Trace,
  ) {}

  /** Whether it happens now, to this one. */
  hits(kind: FaultKind): boolean {
    if (this.healed || !this.kinds.has(kind)) return false;
    if (this.world.random() * 100 >= (CHANCES[kind] ?? 0)) return false;
    this.count(kind);
    return true;
  }

  count(kind: FaultKind): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
    this.trace.note(this.world.now, kind);
  }

  error(): string {
    return ERRORS[Math.floor(this.world.random() * ERRORS.length)]!;
  }
}

/** A random subset, of at least three; failovers and messages are of one server. */
export function chooseKinds(
  random: () => number,
  servers: number,
  without: ReadonlySet<FaultKind>,
): Set<FaultKind> {
  const possible = KINDS.filter(
    (kind) => servers === 1 || !(kind === 'failover' || kind.startsWith('message-')),
  );
  const share = 0.15 + random() * 0.5;
  const kinds = new Set(possible.filter(() => random() < share));
  while (kinds.size < 3) kinds.add(possible[Math.floor(random() * possible.length)]!);
  // A fencing token is promised to rise after a clock was set, or after the last one was forgotten: not after both.
  if (kinds.has('restart') || kinds.has('failover')) kinds.delete('server-jump');
  // A lease ends by the clock that says more: one of the two has to be right.
  if (kinds.has('suspend')) kinds.delete('wall-jump');
  for (const kind of without) kinds.delete(kind);
  return kinds;
}
