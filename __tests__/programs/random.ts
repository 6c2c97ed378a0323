/** Random numbers that can be had again: the seed is LATCHKEY_SEED when that is set. */
export function seededRandom(): { random: () => number; seed: number } {
  const seed = Number(process.env['LATCHKEY_SEED'] ?? Math.floor(Math.random() * 2 ** 32)) >>> 0;
  let state = seed;
  // mulberry32
  const random = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let bits = Math.imul(state ^ (state >>> 15), state | 1);
    bits ^= bits + Math.imul(bits ^ (bits >>> 7), bits | 61);
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return { random, seed };
}
