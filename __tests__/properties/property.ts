import * as fc from 'fast-check';

/**
 * How many runs each property gets: as many as its test says, so that `npm test` stays short, or `PROPERTY_RUNS` for all.
 * fast-check prints seed and counterexample of a failure; `PROPERTY_SEED` plays the runs of that seed again.
 */
const RUNS = setting('PROPERTY_RUNS', 1);
const SEED = setting('PROPERTY_SEED', -(2 ** 31));

/** A run that takes longer hangs, in ms: it fails as any other does, with its seed. */
const LONGEST_RUN = 10_000;

/** More runs than `npm test` has may take as long as they need. */
if (RUNS !== undefined) jest.setTimeout(2 ** 31 - 1);

function setting(name: string, least: number): number | undefined {
  const text = process.env[name];
  if (text === undefined) return undefined;
  const value = Number(text);
  if (text.trim() === '' || !Number.isInteger(value) || value < least || value >= 2 ** 31)
    throw new RangeError(`${name} must be an integer from ${least} to ${2 ** 31 - 1}, not "${text}"`);
  return value;
}

/** Fails with seed and smallest counterexample unless the property holds in all runs. @param runs - see {@link RUNS} */
export function holds<Values>(property: fc.IProperty<Values>, runs: number): void {
  fc.assert(property, parameters(runs));
}

/** {@link holds} for a property that takes its time. */
export async function holdsInTime<Values>(property: fc.IAsyncProperty<Values>, runs: number): Promise<void> {
  await fc.assert(property, { ...parameters(runs), timeout: LONGEST_RUN });
}

function parameters(runs: number): { numRuns: number; seed?: number } {
  return { numRuns: RUNS ?? runs, ...(SEED !== undefined && { seed: SEED }) };
}
