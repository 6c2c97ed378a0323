import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';

import type { Reach } from './arguments.js';

/** Tests that look at sources as text, or at what was built of them, and those that start programs: none of a mutant's business. */
const OTHERS =
  /^__tests__\/(?:faults|topologies|locks|proof|mutation|types|processes|support|scripts\/generated)|\/(?:architecture|readme|surface|fault-rows|inside|examples|fencing-examples|secrets|secrets\.backend|node-diagnostics|slot|security)\.test\.ts$/;

/** What no test without a server of its own imports. */
const SERVERS = /from 'node:(?:child_process|net)'|redis-memory-server/;

/** Sources of which there is little to see without a server. */
const CLIENTS = /^src\/adapters\/[^/]+\//;

type Groups = [string[], string[], string[], string[], string[], string[], string[]];

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
   * those of its folder, the contracts there, which wait in real time, its own on real servers (of an adapter, its folder's), all
   * others that reach it, and last those on real servers. No test is in two of the groups, and none is empty.
   *
   * @param reach - the next ones are asked where there are none of these
   */
  groupsFor(source: string, reach: Reach): string[][] {
    const name = basename(source, '.ts');
    const room = `__tests__${dirname(source).slice('src'.length)}/`;
    const [own, near, same, contracts, served, far, slow]: Groups = [[], [], [], [], [], [], []];
    for (const test of this.#tests.filter((one) => this.#all(one).has(source))) {
      const isOwn = basename(test).split('.')[0] === name;
      const isSame = test.startsWith(room) && !test.slice(room.length).includes('/');
      if (this.#startsServers(test)) (isOwn || (isSame && CLIENTS.test(source)) ? served : slow).push(test);
      else if (isOwn) own.push(test);
      else if (this.#importsOf(test).has(source)) near.push(test);
      else if (isSame) (this.#keepsContract(test) ? contracts : same).push(test);
      else far.push(test);
    }
    const all = [own, near, same, contracts, served, far, slow].filter((group) => group.length > 0);
    const beyond: Record<Reach, string[][]> = {
      own: [near, same, contracts, far, slow],
      near: [far, slow],
      all: [],
    };
    const asked = all.filter((group) => !beyond[reach].includes(group));
    return asked.length > 0 ? asked : all.slice(0, 1);
  }

  #keepsContract(test: string): boolean {
    return [...this.#importsOf(test)].some((file) => file.startsWith('__tests__/contracts/'));
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
