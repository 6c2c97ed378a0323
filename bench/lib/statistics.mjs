/** The value below which the share `p` of `values` lies. */
export function percentile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(p * sorted.length))];
}

export const median = (values) => percentile(values, 0.5);

/** Jain's index: 1 when all shares are the same, 1/n when one has everything. */
export function jain(shares) {
  const sum = shares.reduce((a, b) => a + b, 0);
  return sum ** 2 / (shares.length * shares.reduce((a, b) => a + b * b, 0));
}

/** How many of the intervals [began, ended] begin before one that began earlier has ended. */
export function overlaps(intervals) {
  let until = -Infinity;
  let count = 0;
  for (const [began, ended] of [...intervals].sort((a, b) => a[0] - b[0])) {
    if (began < until) count++;
    until = Math.max(until, ended);
  }
  return count;
}
