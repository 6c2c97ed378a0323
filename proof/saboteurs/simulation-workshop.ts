import ts from 'typescript';

import { runNode } from './child.js';
import { sabotage, StaleSaboteurError } from './patch.js';
import type { Saboteur } from './saboteur.js';
import { Tree } from './tree.js';
import { firstLine, type Verdict } from './verdict.js';

/** Schedules have so long for each thousand of them, in ms: ten times what they take. */
const MOST_A_THOUSAND = 60_000;

/** What `tsc -p proof` has made of the sources, the simulation among them. */
const BUILT = 'build/proof';

/** A copy of the built simulation, into whose engine one saboteur after the other is let. */
export class SimulationWorkshop {
  readonly #tree: Tree;
  readonly #schedules: number;

  /**
   * @param project - the root of the project, in which the simulation is built
   * @param schedules - how many are played, unless one fails before
   */
  constructor(project: string, schedules: number) {
    this.#tree = new Tree(project);
    this.#tree.add(BUILT);
    this.#schedules = schedules;
  }

  /** Plays with the sources as they are. */
  async play(): Promise<Verdict> {
    const most = Math.max(MOST_A_THOUSAND, (this.#schedules / 1_000) * MOST_A_THOUSAND);
    const { code, output } = await runNode(
      ['--no-warnings', `${BUILT}/proof/saboteurs/player.js`, String(this.#schedules)],
      {
        cwd: this.#tree.root,
        env: process.env,
        most,
      },
    );
    const [first = '', ...lines] = output.trim().split('\n');
    if (first !== 'loaded') return { is: 'invalid', problem: firstLine(output) };
    if (code === 0) return { is: 'survived' };
    const last = lines.at(-1) ?? '';
    const found = /^(seed \d+): (.*)$/.exec(last);
    if (found !== null) return { is: 'killed', by: found[1] ?? '', why: found[2] ?? '' };
    const end = code === undefined ? 'the watchdog' : 'an error that nobody handles';
    return { is: 'killed', by: end, why: firstLine(lines.find((line) => line.includes('Error')) ?? last) };
  }

  /** Lets a saboteur of the TypeScript sources in, plays, and mends what it has done. */
  async judge(saboteur: Saboteur): Promise<Verdict> {
    const built = `${BUILT}/${saboteur.file.replace(/\.ts$/, '.js')}`;
    try {
      const text = sabotage(this.#tree.read(saboteur.file), saboteur);
      const { ES2022 } = ts.ScriptTarget;
      const compilerOptions = { target: ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
      this.#tree.write(built, ts.transpileModule(text, { compilerOptions }).outputText);
      return await this.play();
    } catch (error) {
      if (error instanceof StaleSaboteurError) return { is: 'invalid', problem: error.message };
      throw error;
    } finally {
      this.#tree.restore(built);
    }
  }

  /** Removes the copy. */
  close(): void {
    this.#tree.remove();
  }
}
