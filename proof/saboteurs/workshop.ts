import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { type Ended, runNode } from './child.js';
import { sabotage, StaleSaboteurError } from './patch.js';
import { isLua, type Saboteur } from './saboteur.js';
import { Tree } from './tree.js';
import { firstLine, type JestReport, readVerdict, type Verdict } from './verdict.js';

/** A run of tests has so long, in ms: many times what one takes whose tests all end by their own timeouts. */
const MOST = 120_000;

/** The scripts as the library has them. */
const GENERATED = 'src/scripts/generated.ts';

/** A copy of the project in which one saboteur after the other is let in, and the tests are asked whether they notice. */
export class Workshop {
  readonly #tree: Tree;
  readonly #env: NodeJS.ProcessEnv;

  /**
   * @param project - the root of the project
   * @param server - the path of the Redis server that tests start
   */
  constructor(project: string, server?: string) {
    this.#tree = new Tree(project);
    this.#env = { ...process.env, ...(server !== undefined && { REDISMS_SYSTEM_BINARY: server }) };
    // Whatever this one was told about colours and tests is not for those.
    for (const name of ['FORCE_COLOR', 'JEST_WORKER_ID', 'NODE_OPTIONS'])
      Reflect.deleteProperty(this.#env, name);
  }

  /** Where the copy is. */
  get root(): string {
    return this.#tree.root;
  }

  /**
   * Runs the tests of all saboteurs on sound sources: they have to pass, else their failing says nothing.
   *
   * @returns what is wrong; undefined when nothing is
   */
  async rehearse(saboteurs: readonly Saboteur[]): Promise<string | undefined> {
    const suites = [...new Set(saboteurs.map(({ suite }) => suite))];
    const report = await this.#test(suites, [...new Set(saboteurs.map(({ test }) => test))], MOST * 3);
    if (report === undefined) return 'the tests had not ended in time without a saboteur';
    if (typeof report === 'string') return report;
    const verdict = readVerdict(report);
    if (verdict.is === 'killed') return `fails without a saboteur: ${verdict.by}: ${verdict.why}`;
    if (verdict.is === 'invalid') return verdict.problem;
    const passed = report.testResults.map(({ name, assertionResults }) => ({
      name,
      titles: assertionResults.filter(({ status }) => status === 'passed').map(({ fullName }) => fullName),
    }));
    const vain = saboteurs.filter(
      ({ suite, test }) =>
        !passed.some(
          ({ name, titles }) => name.endsWith(suite) && titles.some((title) => title.includes(test)),
        ),
    );
    if (vain.length === 0) return undefined;
    return vain.map(({ name, suite, test }) => `${name}: there is no test "${test}" in ${suite}`).join('; ');
  }

  /** Lets a saboteur in, runs its tests, and mends what it has done. */
  async judge(saboteur: Saboteur): Promise<Verdict> {
    const { file, suite, test } = saboteur;
    try {
      this.#tree.write(file, sabotage(this.#tree.read(file), saboteur));
      if (isLua(saboteur)) {
        const { code, output } = await this.#node(['tools/inline-lua.mjs'], MOST);
        if (code !== 0) return { is: 'invalid', problem: firstLine(output) };
      }
      const report = await this.#test([suite], [test], MOST);
      if (report === undefined) {
        return { is: 'killed', by: 'the watchdog', why: `the tests had not ended after ${MOST / 1_000} s` };
      }
      return typeof report === 'string' ? { is: 'invalid', problem: report } : readVerdict(report);
    } catch (error) {
      if (error instanceof StaleSaboteurError) return { is: 'invalid', problem: error.message };
      throw error;
    } finally {
      this.#tree.restore(file, ...(isLua(saboteur) ? [GENERATED] : []));
    }
  }

  /** Removes the copy. */
  close(): void {
    this.#tree.remove();
  }

  #node(args: readonly string[], most: number): Promise<Ended> {
    return runNode(args, { cwd: this.#tree.root, env: this.#env, most });
  }

  /** @returns Jest's report; what is wrong when it has made none; undefined when the watchdog has ended it */
  async #test(
    suites: readonly string[],
    titles: readonly string[],
    most: number,
  ): Promise<JestReport | string | undefined> {
    const result = join(this.#tree.root, 'report.json');
    rmSync(result, { force: true });
    const { code, output } = await this.#node(
      [
        'node_modules/jest/bin/jest.js',
        '--runInBand',
        '--json',
        `--outputFile=${result}`,
        `--cacheDirectory=${join(this.#tree.root, '.jest')}`,
        `--testNamePattern=${titles.map((title) => title.replace(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('|')}`,
        '--runTestsByPath',
        ...suites.map((suite) => `__tests__/${suite}`),
      ],
      most,
    );
    if (code === undefined) return undefined;
    if (!existsSync(result)) return `Jest made no report: ${firstLine(output)}`;
    return JSON.parse(readFileSync(result, 'utf8')) as JestReport;
  }
}
