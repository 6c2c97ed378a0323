import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';

/** Tests that look at sources as text, or at what was built of them, and those that start programs: none of a mutant's business. */
const OTHERS =
  /^__tests__\/(?:faults|topologies|proof|types|processes|support|scripts\/generated)|\/(?:architecture|readme|surface|fault-rows|inside|examples|fencing-examples|secrets|secrets\.backend|node-diagnostics|slot|security)\.test\.ts$/;

/** What no test without a server of its own imports. */
const SERVERS = /from 'node:(?:child_process|net)'|redis-memory-server/;

/** The tests of a project, and which of them have to do with which source. */
export class Tests {
  readonly #root: string;
  readonly #direct = new Map<string, ReadonlySet<string>>();
  readonly #tests: readonly string[];

  /** @param root - of the project */
  constructor(root: string) {
    this.#root = root;
    this.#tests = readdirSync(join(root, '__tests__'), { recursive: true, encoding: 'utf8' })
      .map((file) => `__tests__/${file}`)
      .filter((file) => file.endsWith('.test.ts') && !OTHERS.test(file))
      .sort();
  }

  /**
   * Those that could notice a mutant of a source, in the order in which it is worth to ask them: who imports it, who imports
   * what imports it, and last those on real servers. No test is in two of the groups, and none is empty.
   */
  groupsFor(source: string): string[][] {
    const wanted = this.#tests.filter((test) => this.#all(test).has(source));
    const [near, far, slow]: [string[], string[], string[]] = [[], [], []];
    for (const test of wanted) {
      if (this.#startsServers(test)) slow.push(test);
      else if (this.#importsOf(test).has(source)) near.push(test);
      else far.push(test);
    }
    return [near, far, slow].filter((group) => group.length > 0);
  }

  #startsServers(test: string): boolean {
    return [...this.#all(test)].some((file) => !file.startsWith('src/') && SERVERS.test(this.#read(file)));
  }

  /** A file and all that it imports, directly or not. */
  #all(file: string, found = new Set<string>()): Set<string> {
    if (found.has(file)) return found;
    found.add(file);
    for (const next of this.#importsOf(file)) this.#all(next, found);
    return found;
  }

  /** What is imported as types alone does not count: nothing of it is there when it runs. */
  #importsOf(file: string): ReadonlySet<string> {
    const known = this.#direct.get(file);
    if (known !== undefined) return known;
    const found = new Set<string>();
    const text = this.#read(file).replace(/^(?:import|export) type [^;]*;/gm, '');
    for (const [, from, within] of text.matchAll(/\bfrom '([^']+)'|\bimport\('([^']+)'\)/g)) {
      const next = this.#find(file, from ?? within ?? '');
      if (next !== undefined) found.add(next);
    }
    this.#direct.set(file, found);
    return found;
  }

  #find(file: string, name: string): string | undefined {
    if (name === 'latchkey') return 'src/index.ts';
    if (name === 'latchkey/testing') return 'src/testing/index.ts';
    if (!name.startsWith('.')) return undefined;
    const path = resolve('/', dirname(file), name.replace(/\.js$/, '.ts')).slice(1);
    return existsSync(join(this.#root, path)) ? path : undefined;
  }

  #read(file: string): string {
    return readFileSync(join(this.#root, file), 'utf8');
  }
}
