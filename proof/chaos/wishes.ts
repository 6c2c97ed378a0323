/** How the callers are: as they are while anything may happen, while nobody dies, or while all is well. */
export type Mood = 'bold' | 'lasting' | 'calm';

/** What a caller does next: drawn from dice, so that a seed brings back what is wanted, though not when it happens. */
export interface Wish {
  readonly keys: readonly string[];
  /** ms */
  readonly ttl: number;
  /** ms */
  readonly timeout: number;
  /** ms after which the caller gives up; undefined when it does not. */
  readonly patience: number | undefined;
  /** ms of work. */
  readonly work: number;
  /** Whether the work stands still, with the whole process. */
  readonly blocks: boolean;
  /** Whether the work ends with an error. */
  readonly throws: boolean;
  /** Whether the lease is extended. */
  readonly extend: boolean;
  /** By how many ms the work extends it besides, one time after another. */
  readonly stretches: readonly number[];
  /** Whether its lease is looked at now and then: a lease may notice its end when it is looked at, and should without. */
  readonly watched: boolean;
  /** Whether the work goes on, and writes, when its signal has aborted. */
  readonly deaf: boolean;
  /** Whether the lock is handed over when the work is done, to whoever adopts it. */
  readonly gives: boolean;
  /** Whether the lock is taken and given back by hand, and not around a body. */
  readonly byHand: boolean;
}

/** Keys that all want, and keys that few want. */
export const HOT = Array.from({ length: 6 }, (_, n) => `hot:${n}`);
export const WARM = Array.from({ length: 60 }, (_, n) => `warm:${n}`);

/** The ttl of locks while anything may happen, ms. */
const TTL = 400;
/** And while nobody dies: so long that nobody gets by waiting what another one has left behind. */
const LASTING = 10_000;

export function drawWish(random: () => number, mood: Mood): Wish {
  const pick = <T>(among: readonly T[]): T => among[Math.floor(random() * among.length)]!;
  const where = random();
  const bold = mood === 'bold';
  const keys = where < (bold ? 0.05 : 0.2) ? [pick(HOT), pick(WARM)] : [pick(where < 0.6 ? HOT : WARM)];
  const [deaf, watched, throws] = [random() < 0.5, random() < 0.5, random() < 0.02];
  const extend = random() < 0.8;
  const patience = random() < (bold ? 0.05 : 0.2) ? random() * (bold ? 200 : 50) : undefined;
  const work = random() < 0.8 ? 0 : random() * 3;
  const timeout = pick([0, 200, 1_000, 3_000]);
  const wish: Wish = {
    ...{ keys, ttl: TTL, timeout, patience, work, blocks: false, throws },
    ...{ extend, stretches: [], watched, deaf, gives: false, byHand: random() < 0.3 },
  };
  // Nobody is in the way of others for long then, but many come and go.
  if (mood === 'calm') return { ...wish, ttl: LASTING, timeout: timeout && 3_000, extend: true };
  // Long work is for locks that few want: else it would be most of what happens.
  const kind = random() * (where < 0.6 ? 10 : 1);
  const long = { ...wish, ...(!bold && { ttl: LASTING }) };
  if (kind < 0.004) return { ...long, blocks: true, work: 50 + random() * 700 };
  if (kind < 0.02) return { ...long, work: 400 + random() * 1_000 };
  if (kind < 0.05) return { ...long, work: 20 + random() * 80 };
  if (!bold) return long;
  if (kind < 0.07)
    return { ...wish, watched: true, stretches: pick([[600], [600, 100]]), work: random() * 500 };
  if (kind < 0.12 && keys.length === 1) return { ...wish, gives: true };
  // Whoever comes next in the same process finds less left than a body wants.
  if (kind < 0.18) return { ...wish, extend: false, work: 150 + random() * 200 };
  return wish;
}
