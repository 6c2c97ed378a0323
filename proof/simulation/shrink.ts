import { play, type PlayOptions } from './schedule.js';
import { type FaultKind, KINDS } from './weather.js';

/** @returns kinds without which the schedule of `seed` still fails: as many as can be left out one after the other */
export async function shrink(
  seed: number,
  { without, ...how }: Pick<PlayOptions, 'liveness' | 'brief'> & { readonly without: readonly FaultKind[] },
): Promise<FaultKind[]> {
  const left = new Set(without);
  const { kinds } = await play(seed, { ...how, without: left });
  for (const kind of KINDS.filter((one) => kinds.includes(one))) {
    left.add(kind);
    const { violations } = await play(seed, { ...how, without: left });
    if (violations.length === 0) left.delete(kind);
  }
  return [...left];
}
