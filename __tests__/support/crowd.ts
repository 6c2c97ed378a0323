import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { setPriority, tmpdir } from 'node:os';
import { join } from 'node:path';

import { Program } from '../programs/program.js';

/** What one process of a crowd does: `callers` that take the lock `rounds` times each, for `body` ms. */
export interface Member {
  readonly callers: number;
  readonly rounds: number;
  readonly body: number;
  /** Where it finds Redis, when that is not where the others do. */
  readonly url?: string;
}

/** What a section of a crowd saw; times in ms, on the clock of `now()`. */
export interface Section {
  readonly asked: number;
  readonly entered: number;
  readonly left: number;
  readonly fence: number;
  /** Somebody else's witness file was there. */
  readonly overlap: boolean;
  /** Its fencing token was not above that of the section before it. */
  readonly stale: boolean;
  /** The number of its process. */
  readonly member: number;
}

/** What is known when all have ended. */
export interface Verdict {
  /** In the order in which they were entered. */
  readonly sections: readonly Section[];
  /** What the read–sleep–write counter says. */
  readonly counted: number;
  /** Files that should not be there any more. */
  readonly witnesses: readonly string[];
}

/** More that start together would keep whoever runs beside them, and is measured by promised times, from running. */
const AT_ONCE = 3;
/** So many yield to others for as long as they run. */
const MANY = 16;
const YIELDING = 10;

/** Processes that all want the lock `key`, started and connected, but still waiting for {@link Crowd.go}. */
export class Crowd {
  readonly #key: string;
  readonly #folder: string;
  readonly #programs: readonly Program[];

  private constructor(key: string, folder: string, programs: readonly Program[]) {
    this.#key = key;
    this.#folder = folder;
    this.#programs = programs;
  }

  static async gather(url: string, key: string, members: readonly Member[]): Promise<Crowd> {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-crowd-'));
    await writeFile(join(folder, `${key}.counter`), '0 0');
    const programs: Program[] = [];
    for (let from = 0; from < members.length; from += AT_ONCE) {
      const started = members
        .slice(from, from + AT_ONCE)
        .map(
          (member) =>
            new Program('crowd.mjs', { REDIS_URL: member.url ?? url }, [
              JSON.stringify({ folder, key, ...member }),
            ]),
        );
      if (members.length >= MANY) for (const { pid } of started) setPriority(pid, YIELDING);
      programs.push(...started);
      await Promise.all(started.map((program) => program.next()));
    }
    return new Crowd(key, folder, programs);
  }

  /** Lets all of them begin. Fails when one of them ends in another way than it should. */
  async go(): Promise<Verdict> {
    for (const program of this.#programs) program.send({});
    const told = await Promise.all(this.#programs.map((program) => program.next()));
    for (const { ended } of this.#programs) {
      expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    }
    const sections = told.flatMap(({ sections }, member) =>
      (sections as Omit<Section, 'member'>[]).map((section) => ({ ...section, member })),
    );
    const [counted] = (await readFile(join(this.#folder, `${this.#key}.counter`), 'utf8')).split(' ');
    const witnesses = (await readdir(this.#folder)).filter((file) => file.endsWith('.witness'));
    await rm(this.#folder, { recursive: true });
    return {
      sections: sections.sort((one, other) => one.entered - other.entered),
      counted: Number(counted),
      witnesses,
    };
  }
}

/** Every caller got its turns, nobody met anybody, and the fencing tokens rose. */
export function expectOneAtATime(members: readonly Member[], verdict: Verdict): void {
  const { sections, counted, witnesses } = verdict;
  const wanted = members.reduce((sum, { callers, rounds }) => sum + callers * rounds, 0);
  const fences = sections.map(({ fence }) => fence);
  expect({
    sections: sections.length,
    counted,
    witnesses,
    overlaps: sections.filter(({ overlap }) => overlap).length,
    stale: sections.filter(({ stale }) => stale).length,
    inOrder: fences.every((fence, i) => i === 0 || fence > fences[i - 1]!),
  }).toEqual({
    sections: wanted,
    counted: wanted,
    witnesses: [],
    overlaps: 0,
    stale: 0,
    inOrder: true,
  });
}

/** How many sections each process had had when half of all were done. */
export function countsAtHalfTime({ sections }: Verdict, processes: number): number[] {
  const counts = Array<number>(processes).fill(0);
  for (const { member } of sections.slice(0, sections.length / 2)) counts[member]!++;
  return counts;
}

/** From the first call to the end of the last section, in ms. */
export function duration({ sections }: Verdict): number {
  return sections.at(-1)!.left - Math.min(...sections.map(({ asked }) => asked));
}

/** For how long at most the lock was nobody's while somebody waited for it, in ms. */
export function longestGap({ sections }: Verdict): number {
  let longest = 0;
  for (const [i, { entered, asked }] of sections.entries()) {
    if (i > 0) longest = Math.max(longest, entered - Math.max(asked, sections[i - 1]!.left));
  }
  return longest;
}
