import { BUILT, BuiltWorkshop } from './built-workshop.js';
import { firstLine, type Verdict } from './verdict.js';

/** Schedules have so long for each thousand of them, in ms: ten times what they take. */
const MOST_A_THOUSAND = 60_000;

/** Asks the simulation. Its servers have no Lua: scripts are nothing that it could notice. */
export class SimulationWorkshop extends BuiltWorkshop {
  readonly #schedules: number;

  /**
   * @param project - the root of the project, in which the simulation is built
   * @param schedules - how many are played, unless one fails before
   */
  constructor(project: string, schedules: number) {
    super(project);
    this.#schedules = schedules;
  }

  async play(): Promise<Verdict> {
    const most = Math.max(MOST_A_THOUSAND, (this.#schedules / 1_000) * MOST_A_THOUSAND);
    const player = `${BUILT}/proof/saboteurs/player.js`;
    const { code, output } = await this.run([player, String(this.#schedules)], most);
    const [first = '', ...lines] = output.trim().split('\n');
    if (first !== 'loaded') return { is: 'invalid', problem: firstLine(output) };
    if (code === 0) return { is: 'survived' };
    const last = lines.at(-1) ?? '';
    const found = /^(seed \d+): (.*)$/.exec(last);
    if (found !== null) return { is: 'killed', by: found[1] ?? '', why: found[2] ?? '' };
    const end = code === undefined ? 'the watchdog' : 'an error that nobody handles';
    return { is: 'killed', by: end, why: firstLine(lines.find((line) => line.includes('Error')) ?? last) };
  }
}
