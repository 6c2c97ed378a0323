// Proves with the file system, and not with Redis, that a section is alone.
import { closeSync, openSync, readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** Milliseconds on the clock that all processes of a machine share. */
export const now = () => Number(process.hrtime.bigint()) / 1e6;

/**
 * Runs one section: a witness file is there while it runs, and a counter and the last fencing token are read before
 * `body` and written behind it, so that two sections at once show in three ways.
 *
 * @returns what a test judges by: times, token, and whether somebody else was inside or had a later token
 */
export async function section(folder, { key, fencingToken }, body) {
  const witness = join(folder, `${key}.witness`);
  const counter = join(folder, `${key}.counter`);
  const entered = now();
  let overlap = false;
  try {
    closeSync(openSync(witness, 'wx'));
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
    overlap = true;
  }
  const [count, last] = readFileSync(counter, 'utf8').split(' ').map(Number);
  await body();
  writeFileSync(counter, `${count + 1} ${fencingToken}`);
  if (!overlap) unlinkSync(witness);
  return { entered, left: now(), fence: fencingToken, overlap, stale: fencingToken <= last };
}
