import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { runNode } from '../saboteurs/child.js';
import type { LuaMutant } from './mutants.js';
import { nameOf, type Outcome } from './verdict.js';

/** One run of the tests has so long, in ms. */
const MOST = 40 * 60_000;

/** The block of the tests in which nothing is changed. */
const NONE = 'without a mutant';

/** Lets the tests of the scripts run, with mutants or without. */
export class Judge {
  readonly #root: string;
  readonly #lists: number;
  readonly #folder = mkdtempSync(join(tmpdir(), 'latchkey-lua-'));
  #runs = 0;

  /**
   * @param root - of the project
   * @param lists - how many lists of commands the scripts and their twins are given
   */
  constructor(root: string, lists: number) {
    this.#root = root;
    this.#lists = lists;
  }

  /** @returns the test that fails although nothing is changed */
  async withoutMutant(): Promise<Outcome> {
    const outcomes = await this.#run([{ name: NONE }]);
    return outcomes.get(NONE) ?? null;
  }

  async judge(mutants: readonly LuaMutant[]): Promise<Outcome[]> {
    const outcomes = await this.#run(mutants.map((mutant) => ({ name: nameOf(mutant), mutant })));
    return mutants.map((mutant) => outcomes.get(nameOf(mutant)) ?? null);
  }

  close(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** @throws {Error} not all of them have been shown to the tests */
  async #run(mutants: readonly { name: string; mutant?: LuaMutant }[]): Promise<Map<string, Outcome>> {
    const run = String(this.#runs++);
    const [given, written] = [join(this.#folder, `${run}.json`), join(this.#folder, `${run}.out.json`)];
    writeFileSync(given, JSON.stringify({ mutants, lists: this.#lists }));
    const { code, output } = await runNode(
      ['node_modules/jest/bin/jest.js', '--config', 'jest.lua-mutation.config.cjs', '--forceExit'],
      {
        cwd: this.#root,
        env: { ...process.env, MUTANTS: given, OUTCOMES: written },
        most: MOST,
      },
    );
    const outcomes = existsSync(written)
      ? new Map(Object.entries(JSON.parse(readFileSync(written, 'utf8')) as Record<string, Outcome>))
      : new Map<string, Outcome>();
    if (code === undefined || mutants.some(({ name }) => !outcomes.has(name)))
      throw new Error(`the tests have not come to their end (${code}):\n${output.slice(-2_000)}`);
    return outcomes;
  }
}
