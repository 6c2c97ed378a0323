/**
 * Random numbers that a seed brings back (the generator known as mulberry32).
 *
 * @returns the next number in [0, 1) with each call
 */
export function dice(seed: number): () => number {
  // Seeds are 1, 2, 3 …: without this, neighbours would begin alike.
  let state = Math.imul(seed, 0x9e3779b1) + 1;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}
