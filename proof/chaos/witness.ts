import {
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
  closeSync,
} from 'node:fs';
import { join } from 'node:path';

/** A file for each key, made by whoever enters and removed by who leaves: needs no clock to see two at work. */
export class Witness {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true });
  }

  /** @returns who was there already; the file is `id`'s from now on */
  enter(key: string, id: string): string | undefined {
    const file = join(this.#folder, encodeURIComponent(key));
    try {
      const handle = openSync(file, 'wx');
      writeSync(handle, id);
      closeSync(handle);
      return undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
    }
    const other = this.#read(file);
    writeFileSync(`${file}~${id}`, id);
    renameSync(`${file}~${id}`, file);
    return other;
  }

  leave(key: string, id: string): void {
    const file = join(this.#folder, encodeURIComponent(key));
    if (this.#read(file) === id) rmSync(file, { force: true });
  }

  /** @returns undefined when nobody is there, or somebody has only just come */
  #read(file: string): string | undefined {
    try {
      return readFileSync(file, 'utf8') || undefined;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
  }
}
