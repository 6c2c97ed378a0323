import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

/** Tests that look at sources as text, or at what was built of them, and those that start programs: none of a mutant's business. */
const OTHERS =
  /^__tests__\/(?:faults|topologies|proof|mutation|types|processes|support|scripts\/generated)|\/(?:architecture|readme|surface|fault-rows|inside|examples|fencing-examples|secrets|secrets\.backend|node-diagnostics|slot|security)\.test\.ts$/;

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
   * Those that could notice a mutant of a source, in the order in which it is worth to ask them: its own, who else imports it,
   * those of its folder, all others that reach it, and last those on real servers. No test is in two of the groups, and none
   * is empty.
   *
   * @param thorough - whether also those are asked that are far away or slow, where there are others
   */
  groupsFor(source: string, thorough: boolean): string[][] {
    const name = basename(source, '.ts');
    const room = `__tests__${dirname(source).slice('src'.length)}/`;
    const groups: string[][] = [[], [], [], [], []];
    const [own, near, same, far, slow] = groups as [string[], string[], string[], string[], string[]];
    for (const test of this.#tests.filter((one) => this.#all(one).has(source))) {
      if (this.#startsServers(test)) slow.push(test);
      else if (basename(test).split('.')[0] === name) own.push(test);
      else if (this.#importsOf(test).has(source)) near.push(test);
      else if (test.startsWith(room) && !test.slice(room.length).includes('/')) same.push(test);
      else far.push(test);
    }
    const some = groups.filter((group) => group.length > 0);
    const quick = [own, near, same].filter((group) => group.length > 0).length;
    return thorough ? some : some.slice(0, Math.max(1, quick));
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
