import { openSync, writeSync } from 'node:fs';

import type { Event } from '../checker/history.js';

/** Now, in ms of CLOCK_MONOTONIC, which all processes of a machine share. */
export const now = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** Appends events to a file, each at once: what a process has told before it is killed is there. */
export function teller(file: string): (event: Event) => void {
  const handle = openSync(file, 'a');
  return (event) => void writeSync(handle, `${JSON.stringify(event)}\n`);
}
