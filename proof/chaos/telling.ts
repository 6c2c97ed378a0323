import { closeSync, openSync, writeSync } from 'node:fs';
import { join } from 'node:path';

import type { Event } from '../checker/history.js';

/** Now, in ms of CLOCK_MONOTONIC, which all processes of a machine share. */
export const now = (): number => Number(process.hrtime.bigint() / 1_000n) / 1_000;

/** Appends events to a file, each at once: what a process has told before it is killed is there. */
export class Teller {
  readonly #name: string;
  #handle: number;

  /** @param name - of the file, which is in the folder */
  constructor(folder: string, name: string) {
    this.#name = `${name}.jsonl`;
    this.#handle = openSync(join(folder, this.#name), 'a');
  }

  readonly tell = (event: Event): void => void writeSync(this.#handle, `${JSON.stringify(event)}\n`);

  /** Goes on in another folder. */
  turn(folder: string): void {
    closeSync(this.#handle);
    this.#handle = openSync(join(folder, this.#name), 'a');
  }
}
