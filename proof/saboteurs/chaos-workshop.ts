import { BUILT, BuiltWorkshop } from './built-workshop.js';
import { firstLine, type Verdict } from './verdict.js';

/** A run has so long, in s, however few acquisitions a saboteur lets through; and its end as long again. */
const LONGEST = 120;

/** Asks chaos, with the same seed each time: real processes on a real server. */
export class ChaosWorkshop extends BuiltWorkshop {
  readonly #acquisitions: number;
  readonly #env: NodeJS.ProcessEnv;

  /**
   * @param project - the root of the project, in which chaos is built
   * @param acquisitions - of each run
   * @param server - the path of the Redis server
   */
  constructor(project: string, acquisitions: number, server?: string) {
    super(project);
    this.#acquisitions = acquisitions;
    // What a bad run keeps goes with the copy.
    const TMPDIR = this.tree.root;
    this.#env = { ...process.env, TMPDIR, ...(server !== undefined && { REDISMS_SYSTEM_BINARY: server }) };
  }

  async play(): Promise<Verdict> {
    const words = ['--seed', '1', '--acquisitions', String(this.#acquisitions), '--seconds', String(LONGEST)];
    const args = [`${BUILT}/proof/chaos/main.js`, ...words];
    const { code, output } = await this.run(args, 2 * LONGEST * 1_000, this.#env);
    return readChaos(code, output);
  }
}

/**
 * What a run of chaos says about a saboteur.
 *
 * @param code - with which it has ended; undefined when the watchdog has ended it
 */
export function readChaos(code: number | undefined, output: string): Verdict {
  if (!output.startsWith('seed 1,')) return { is: 'invalid', problem: firstLine(output) };
  if (code === 0) return { is: 'survived' };
  if (code === undefined) return { is: 'killed', by: 'the watchdog', why: 'the run does not end' };
  const lines = output.split('\n');
  const found = /^ {2}(\w+) (\S*: .+)$/m.exec(output);
  if (found !== null) return { is: 'killed', by: found[1]!, why: found[2]! };
  const vain = lines.find((line) => line.startsWith('VACUOUS'));
  if (vain !== undefined) return { is: 'killed', by: 'what never happened', why: vain };
  return {
    is: 'killed',
    by: 'an error',
    why: firstLine(lines.find((line) => /Error\b/.test(line)) ?? output),
  };
}
