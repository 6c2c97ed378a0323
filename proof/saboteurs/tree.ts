import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, sep } from 'node:path';

/** Of no use to the tests that are run, or made by others from what is copied. */
const LEFT_OUT = new Set(['.git', '.cache', 'node_modules', 'dist', 'build', 'coverage']);

/**
 * A copy of the project in a directory of its own, whose files may be spoilt. Packages are shared with the original.
 *
 * There is no `dist` in it, so a test of the built package fails there instead of testing the sound one.
 */
export class Tree {
  readonly root: string;
  readonly #original: string;

  /** @param original - the root of the project */
  constructor(original: string) {
    this.#original = original;
    this.root = mkdtempSync(join(tmpdir(), 'latchkey-saboteurs-'));
    cpSync(original, this.root, {
      recursive: true,
      filter: (from) => !LEFT_OUT.has(relative(original, from).split(sep)[0] ?? ''),
    });
    symlinkSync(join(original, 'node_modules'), join(this.root, 'node_modules'), 'dir');
  }

  /** Copies what {@link Tree} has left out. */
  add(path: string): void {
    cpSync(join(this.#original, path), join(this.root, path), { recursive: true });
  }

  read(file: string): string {
    return readFileSync(join(this.root, file), 'utf8');
  }

  write(file: string, text: string): void {
    writeFileSync(join(this.root, file), text);
  }

  /** Makes files what they are in the original. */
  restore(...files: readonly string[]): void {
    for (const file of files) cpSync(join(this.#original, file), join(this.root, file));
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
