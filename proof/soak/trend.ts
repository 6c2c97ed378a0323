/** How much a figure grows per hour, by least squares; 0 for fewer than two of them. @param minutes - when each was taken */
export function slopePerHour(minutes: readonly number[], values: readonly number[]): number {
  const mean = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0) / numbers.length;
  if (values.length < 2) return 0;
  const [x, y] = [mean(minutes), mean(values)];
  const along = minutes.reduce((sum, at, n) => sum + (at - x) * (values[n]! - y), 0);
  const spread = minutes.reduce((sum, at) => sum + (at - x) ** 2, 0);
  return (along / spread) * 60;
}

/** The value that `part` of all are not above; 0 of none. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
}
