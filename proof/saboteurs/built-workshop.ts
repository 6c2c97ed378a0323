import ts from 'typescript';

import { runNode } from './child.js';
import { sabotage, StaleSaboteurError } from './patch.js';
import { isLua, type Saboteur } from './saboteur.js';
import { Tree } from './tree.js';
import { firstLine, type Verdict } from './verdict.js';

/** What `tsc -p proof` has made of the sources, and of what proves. */
export const BUILT = 'build/proof';

/** The scripts as the library has them. */
const GENERATED = 'src/scripts/generated.ts';

/** Writing all scripts anew has so long, in ms. */
const MOST = 60_000;

/** A copy of what is built, into whose engine one saboteur after the other is let, and a program that has to notice it. */
export abstract class BuiltWorkshop {
  protected readonly tree: Tree;

  /** @param project - the root of the project, in which all is built */
  constructor(project: string) {
    this.tree = new Tree(project);
    this.tree.add(BUILT);
  }

  /** Runs the program with the engine as it is. */
  abstract play(): Promise<Verdict>;

  /** Lets a saboteur in, runs the program, and mends what it has done. */
  async judge(saboteur: Saboteur): Promise<Verdict> {
    const spoilt = [saboteur.file];
    try {
      this.tree.write(saboteur.file, sabotage(this.tree.read(saboteur.file), saboteur));
      if (isLua(saboteur)) {
        spoilt.push(GENERATED);
        const { code, output } = await this.run(['tools/inline-lua.mjs'], MOST);
        if (code !== 0) return { is: 'invalid', problem: firstLine(output) };
      }
      spoilt.push(this.#build(spoilt.at(-1)!));
      return await this.play();
    } catch (error) {
      if (error instanceof StaleSaboteurError) return { is: 'invalid', problem: error.message };
      throw error;
    } finally {
      this.tree.restore(...spoilt);
    }
  }

  /** Removes the copy. */
  close(): void {
    this.tree.remove();
  }

  protected run(args: readonly string[], most: number, env = process.env): ReturnType<typeof runNode> {
    return runNode(['--no-warnings', ...args], { cwd: this.tree.root, env, most });
  }

  /** @returns what was made of a source */
  #build(source: string): string {
    const built = `${BUILT}/${source.replace(/\.ts$/, '.js')}`;
    const { ES2022 } = ts.ScriptTarget;
    const compilerOptions = { target: ES2022, module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true };
    this.tree.write(built, ts.transpileModule(this.tree.read(source), { compilerOptions }).outputText);
    return built;
  }
}
