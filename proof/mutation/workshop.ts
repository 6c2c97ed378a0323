import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';

import { runNode } from '../saboteurs/child.js';
import { Tree } from '../saboteurs/tree.js';
import { firstLine } from '../saboteurs/verdict.js';
import type { Reach } from './arguments.js';
import { isAlive, type Mutant, nameOf, rangeOf, readMutants, type StrykerReport } from './mutant.js';
import type { Tests } from './tests.js';

/** One run of Stryker has so long, in ms. */
const MOST = 30 * 60_000;

const [CONFIG, REPORT] = ['stryker.json', 'mutation.json'];

/** Stryker has not come to its end with a source. */
export class Unfinished extends Error {}

/** A copy of the project in which Stryker changes one source after the other. */
export class MutationWorkshop {
  readonly #tree: Tree;
  readonly #tests: Tests;
  readonly #reach: Reach;
  readonly #env: NodeJS.ProcessEnv;

  /**
   * @param project - the root of the project
   * @param reach - as {@link Tests.groupsFor} has it
   * @param server - the path of the Redis server that tests start
   */
  constructor(project: string, tests: Tests, reach: Reach, server?: string) {
    this.#tree = new Tree(project);
    this.#tests = tests;
    this.#reach = reach;
    this.#env = { ...process.env, ...(server !== undefined && { REDISMS_SYSTEM_BINARY: server }) };
  }

  /**
   * What becomes of all mutants of a source: those that one group of tests has not noticed are shown to the next one.
   *
   * @throws {Unfinished}
   */
  async judge(source: string): Promise<Mutant[]> {
    const found = new Map<string, Mutant>();
    let ranges = [source];
    let isFirst = true;
    for (const tests of this.#tests.groupsFor(source, this.#reach)) {
      const fresh = await this.#run(ranges, tests);
      for (const mutant of fresh) {
        const name = nameOf(mutant);
        const before = found.get(name);
        // The range of one may have others in it, which have been judged.
        if (before === undefined ? !isFirst : !isAlive(before)) continue;
        found.set(name, before?.state === 'survived' && mutant.state === 'quiet' ? before : mutant);
      }
      isFirst = false;
      ranges = [...new Set([...found.values()].filter(isAlive).map(rangeOf))];
      if (ranges.length === 0) break;
    }
    return [...found.values()];
  }

  close(): void {
    this.#tree.remove();
  }

  async #run(mutate: readonly string[], tests: readonly string[]): Promise<Mutant[]> {
    const report = join(this.#tree.root, REPORT);
    rmSync(report, { force: true });
    const config = {
      mutate,
      inPlace: true,
      testRunner: 'jest',
      plugins: ['@stryker-mutator/jest-runner'],
      jest: { configFile: 'jest.mutation.config.cjs', enableFindRelatedTests: false },
      coverageAnalysis: 'perTest',
      concurrency: 1,
      timeoutMS: 5_000,
      disableTypeChecks: false,
      allowEmpty: true,
      reporters: ['json'],
      jsonReporter: { fileName: REPORT },
    };
    this.#tree.write(CONFIG, JSON.stringify(config));
    const { code, output } = await runNode(
      ['node_modules/@stryker-mutator/core/bin/stryker.js', 'run', CONFIG],
      { cwd: this.#tree.root, env: { ...this.#env, MUTATION_TESTS: tests.join(',') }, most: MOST },
    );
    if (code === undefined) throw new Unfinished(`Stryker has not ended after ${MOST / 60_000} minutes`);
    if (!existsSync(report)) {
      if (/No files to mutate|no mutants/i.test(output)) return [];
      throw new Error(`Stryker has made no report (${code}): ${firstLine(output)}\n${output.slice(-2_000)}`);
    }
    return readMutants(JSON.parse(readFileSync(report, 'utf8')) as StrykerReport);
  }
}
