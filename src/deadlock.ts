/** Calls of one process that wait for each other. */
import type { Section, Wait } from './context.js';

/** Takes note, until the returned function is called, that something inside `section` waits. */
export function noteWait(section: Section, wait: Wait): () => void {
  // The same ones at the end: by then, some may have ended and be passed over.
  const all = [...outward(section)];
  for (const each of all) each.waits.add(wait);
  return () => {
    for (const each of all) each.waits.delete(wait);
  };
}

/**
 * Whether a call inside `section` that waits for `blocker` would wait for itself: `blocker` can not end before something
 * inside it has been granted what `section`, or one around it, holds.
 *
 * Asked before each wait, this finds every circle: it is closed by a wait and never by a grant, whose section waits for
 * nothing yet.
 *
 * @returns who would have to end, from `blocker` on, each with what it waits for
 */
export function findCircle(section: Section, blocker: Section | undefined): Step[] | undefined {
  const own = new Set(outward(section));
  const seen = new Set<Section>();
  const search = (from: Section): Step[] | undefined => {
    if (own.has(from)) return [];
    if (seen.has(from)) return undefined;
    seen.add(from);
    for (const wait of from.waits) {
      const next = wait.blocker();
      const rest = next?.active === true ? search(next) : undefined;
      if (rest !== undefined) return [{ section: from, wait }, ...rest];
    }
    return undefined;
  };
  return blocker?.active === true ? search(blocker) : undefined;
}

/** A section that can not end, and what something inside it waits for. */
interface Step {
  readonly section: Section;
  readonly wait: Wait;
}

/** The section and those around it, from the inside to the outside. */
export function* outward(section: Section | undefined): Generator<Section, void> {
  for (let each = section; each !== undefined; each = each.outer) yield each;
}
