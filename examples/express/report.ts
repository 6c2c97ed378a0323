/** What a round of the demo saw, in numbers and as a table. */

/** One process got the lock. */
export interface LockGrant {
  /** How long it had waited, in ms. */
  readonly waited: number;
  /** Epoch ms, on the clock that all processes of a machine share. */
  readonly grantedAt: number;
}

export interface Round {
  readonly statuses: readonly number[];
  /** Members in the store afterwards. */
  readonly created: number;
  readonly ms: number;
  /** Each process's grants. */
  readonly grants: readonly (readonly LockGrant[])[];
}

export type Summary = ReturnType<typeof summary>;

export function summary({ statuses, created, ms, grants }: Round) {
  const count = (status: number): number => statuses.filter((each) => each === status).length;
  const all = grants.flatMap((own, holder) => own.map((grant) => ({ ...grant, holder })));
  const inOrder = all.sort((a, b) => a.grantedAt - b.grantedAt);
  const passedOn = inOrder.filter(({ holder }, i) => i > 0 && inOrder[i - 1]!.holder !== holder).length;
  const waits = all.map(({ waited }) => waited).sort((a, b) => a - b);
  return {
    requests: statuses.length,
    created,
    refused: count(409),
    failed: statuses.length - count(201) - count(409),
    ms: Math.round(ms),
    handOvers: Math.max(0, all.length - 1),
    handOversBetweenProcesses: passedOn,
    waitP50: quantile(waits, 0.5),
    waitP99: quantile(waits, 0.99),
  };
}

/** The smallest value that at least this share of all values does not exceed, in whole ms; null when there is none. */
function quantile(sorted: readonly number[], share: number): number | null {
  const value = sorted[Math.ceil(sorted.length * share) - 1];
  return value === undefined ? null : Math.round(value);
}

const ROWS: readonly [string, keyof Summary][] = [
  ['requests', 'requests'],
  ['members with this phone number', 'created'],
  ['refused as already a member', 'refused'],
  ['failed', 'failed'],
  ['ms for all requests', 'ms'],
  ['hand-overs of the lock', 'handOvers'],
  ['... from one process to the other', 'handOversBetweenProcesses'],
  ['wait for the lock, ms, p50', 'waitP50'],
  ['wait for the lock, ms, p99', 'waitP99'],
];

export function table({ withoutLock, withLock }: Record<'withoutLock' | 'withLock', Summary>): string {
  const row = (what: string, without: unknown, with_: unknown): string =>
    `${what.padEnd(36)}${String(without).padStart(12)}${String(with_).padStart(12)}`;
  const lines = ROWS.map(([what, name]) => row(what, withoutLock[name] ?? '-', withLock[name] ?? '-'));
  return ['', row('', 'without', '@WithLock'), ...lines, ''].join('\n');
}
