// Notices when this process stood still: nobody can be told of anything then, and no promise says so.
import { now } from './witness.mjs';

/** How often it looks, in ms; and how much later than that is called standing still. */
const BEAT = 5;

/** Begins to look. @returns the times at which the process stood still, as `[from, to]` on the clock of `now()` */
export function pulse() {
  const stood = [];
  let last = now();
  const beat = () => {
    const at = now();
    if (at - last > 2 * BEAT) stood.push([last, at]);
    last = at;
    setTimeout(beat, BEAT).unref();
  };
  beat();
  return stood;
}
