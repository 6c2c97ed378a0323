/** What a caller does next: drawn from dice, so that a seed brings back what is wanted, though not when it happens. */
export interface Wish {
  readonly keys: readonly string[];
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
  /** Whether its lease is looked at now and then: a lease may notice its end when it is looked at, and should without. */
  readonly watched: boolean;
  /** Whether the work goes on, and writes, when its signal has aborted. */
  readonly deaf: boolean;
}

/** Keys that all want, and keys that few want. */
export const HOT = Array.from({ length: 6 }, (_, n) => `hot:${n}`);
const WARM = Array.from({ length: 60 }, (_, n) => `warm:${n}`);

export function drawWish(random: () => number, calm: boolean): Wish {
  const pick = <T>(among: readonly T[]): T => among[Math.floor(random() * among.length)]!;
  const where = random();
  const keys = where < 0.05 ? [pick(HOT), pick(WARM)] : [pick(where < 0.6 ? HOT : WARM)];
  const [deaf, watched, throws] = [random() < 0.5, random() < 0.5, random() < 0.02];
  const extend = random() < 0.8;
  const patience = random() < 0.05 ? random() * 200 : undefined;
  const work = random() < 0.8 ? 0 : random() * 3;
  const wish: Wish = {
    keys,
    timeout: pick([0, 200, 1_000, 3_000]),
    patience,
    work,
    blocks: false,
    throws,
    extend,
    watched,
    deaf,
  };
  if (calm) return { ...wish, timeout: 3_000, patience: undefined, extend: true };
  // Long work is for locks that few want: else it would be most of what happens.
  const kind = random() * (where < 0.6 ? 10 : 1);
  if (kind < 0.001) return { ...wish, blocks: true, work: 50 + random() * 700 };
  if (kind < 0.02) return { ...wish, work: 400 + random() * 1_000 };
  if (kind < 0.05) return { ...wish, work: 20 + random() * 80 };
  return wish;
}
