import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

import { type LuaMutant, mutantsOf, mutate } from './mutants.js';

/** A script as it is with a change of its own file, or of a part of it. */
export interface MutatedScript {
  /** The name of the script. */
  readonly name: string;
  readonly source: string;
  readonly sha1: string;
}

const INCLUDE = /^--- include (parts\/[\w-]+\.lua)\n/gm;

/** The Lua files of a project: scripts, and the parts that they include. */
export class LuaScripts {
  /** By their paths below the folder of the scripts. */
  readonly #files: ReadonlyMap<string, string>;

  /** @param root - of the project */
  constructor(root: string) {
    const folder = join(root, 'src/scripts');
    const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
      .map((name) => name.replaceAll('\\', '/'))
      .filter((name) => name.endsWith('.lua'));
    this.#files = new Map(names.sort().map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  }

  files(): string[] {
    return [...this.#files.keys()];
  }

  mutants(): LuaMutant[] {
    return [...this.#files].flatMap(([file, source]) => mutantsOf(file, source));
  }

  /** The text of the line where a mutant is, without the space around it. */
  lineOf({ file, line }: LuaMutant): string {
    return (this.#files.get(file)?.split('\n')[line - 1] ?? '').trim();
  }

  /** The scripts that are others with a mutant: its own, or all that include its part. */
  mutated(mutant: LuaMutant): MutatedScript[] {
    const changed = new Map(this.#files).set(mutant.file, mutate(this.#text(mutant.file), mutant));
    return [...this.#files.keys()]
      .filter((file) => !file.startsWith('parts/'))
      .map((file) => ({ file, source: withParts(changed, file) }))
      .filter(({ file, source }) => source !== withParts(this.#files, file))
      .map(({ file, source }) => ({
        name: basename(file, '.lua'),
        source,
        sha1: createHash('sha1').update(source).digest('hex'),
      }));
  }

  #text(file: string): string {
    const text = this.#files.get(file);
    if (text === undefined) throw new Error(`there is no ${file}`);
    return text;
  }
}

function withParts(files: ReadonlyMap<string, string>, file: string): string {
  return (files.get(file) ?? '').replace(INCLUDE, (_, part: string) => files.get(part) ?? '');
}
