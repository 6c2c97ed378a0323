import { setTimeout as sleep } from 'node:timers/promises';

import { dice } from '../dice.js';
import { Arena } from './arena.js';
import type { Arguments } from './arguments.js';
import { FAULT_NAMES, type FaultName, harm, MILD } from './faults.js';

/** After the last fault, ms: time for all to be well again, and for some to see that it is. */
const CALM = 3_000;

/** A run with so many acquisitions goes on until each fault has happened: without, it would say little. */
export const ENOUGH = 10_000;

/** What happened, besides the history. */
export interface Ran {
  readonly entered: number;
  readonly seconds: number;
  readonly faults: ReadonlyMap<FaultName, number>;
}

/**
 * Lets workers take locks while faults happen, one or two at a time, and then lets all be well for a while. Leaves the
 * histories in the folder, and no process.
 *
 * @param progress - called about once in 5 s
 */
export async function run(given: Arguments, folder: string, progress: Progress): Promise<Ran> {
  const random = dice(given.seed);
  const arena = await Arena.open(folder, given.seed, given.store, dice(given.seed + 1));
  try {
    for (let n = 0; n < given.processes; n++) arena.start();
    const ran = await play(arena, given, random, progress);
    await arena.close();
    return ran;
  } finally {
    await arena.destroy();
  }
}

/** Called about once in 5 s. */
type Progress = (entered: number, seconds: number) => void;

/**
 * Does harm until enough calls have entered, or for so many s; then each mild one once, while locks last long; and then none
 * for some s.
 */
export async function play(
  arena: Arena,
  { acquisitions, seconds, faults }: Pick<Arguments, 'acquisitions' | 'seconds' | 'faults'>,
  random: () => number,
  progress: Progress,
): Promise<Ran> {
  const start = performance.now();
  const before = arena.entered;
  const passed = (): number => (performance.now() - start) / 1_000;
  const entered = (): number => arena.entered - before;
  const done = new Map<FaultName, number>();
  const draw = (bag: FaultName[]): FaultName => bag.splice(Math.floor(random() * bag.length), 1)[0]!;
  const doHarm = async (name: FaultName): Promise<void> => {
    done.set(name, (done.get(name) ?? 0) + 1);
    await harm(name, arena, random);
  };
  let told = 0;
  // A bag of all of them, drawn to its end: each happens as often as the others.
  let bag: FaultName[] = [];
  const wanted = (): boolean =>
    entered() < acquisitions || (acquisitions >= ENOUGH && done.size < faults.length);
  while (wanted() && passed() < seconds && !arena.hasLostOne) {
    await sleep(20 + random() * 600);
    // Two at least, so that one is at work whatever happens to another.
    if (arena.mortal.length < 2) continue;
    if (bag.length === 0) bag = [...faults];
    await doHarm(draw(bag));
    if (passed() < told + 5) continue;
    told = passed();
    progress(entered(), told);
  }
  arena.lasting();
  const mild = faults.filter((name) => MILD.includes(name));
  while (mild.length > 0 && !arena.hasLostOne) {
    await sleep(20 + random() * 200);
    await doHarm(draw(mild));
  }
  arena.healed();
  await sleep(CALM);
  return { entered: entered(), seconds: passed(), faults: done };
}

/** Faults that were wanted and never happened. */
export const neverHappened = ({ faults }: Ran, wanted: readonly FaultName[]): FaultName[] =>
  FAULT_NAMES.filter((name) => wanted.includes(name) && !faults.has(name));
