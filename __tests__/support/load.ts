import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { LockerOptions } from '../../src/index.js';
import { Program } from '../programs/program.js';
import { type Standstill, standstill } from './holders.js';

/** What a load does: in each of its processes, `callers` that take one of the `keys` after the other, for `body` ms. */
export interface LoadShape {
  readonly processes: number;
  readonly callers: number;
  readonly keys: readonly string[];
  readonly body: number;
  /** Of each process' locker. Its timeout is what the waits are measured by. */
  readonly options: LockerOptions & { readonly timeout: number };
}

/** What a section of a load saw; times in ms, on the clock of `now()`. */
interface LoadSection {
  readonly key: string;
  readonly asked: number;
  readonly entered: number;
  readonly left: number;
  readonly fence: number;
  /** Somebody else's witness file was there. */
  readonly overlap: boolean;
  /** Its fencing token was not above that of the section before it. */
  readonly stale: boolean;
}

/** What a call of a load was refused with, or has lost its lock with. */
interface LoadError {
  readonly key: string;
  readonly asked: number;
  /** When its body began, if it did. */
  readonly entered?: number;
  readonly settled: number;
  readonly name: string;
  readonly code?: string;
  readonly reason?: string;
  readonly retryable?: boolean;
  readonly ownership?: string;
  readonly message: string;
}

/** What is known when all have ended. */
export interface LoadReport {
  /** In the order in which they were entered. */
  readonly sections: readonly LoadSection[];
  readonly errors: readonly LoadError[];
  /** What the read–sleep–write counters say, all together. */
  readonly counted: number;
  /** Files that should not be there any more. */
  readonly witnesses: readonly string[];
  /** By how much the longest wait was longer than its timeout, in ms; below 0 when none was. */
  readonly late: number;
  /** The same without the time, behind their timeouts, for which their processes stood still. */
  readonly lateAwake: number;
  /** For how long each process stood still, in all, in ms. */
  readonly stood: readonly number[];
}

/** Processes that want the same locks for as long as a test does harm to the server, and prove that they exclude each other. */
export class Load {
  readonly #shape: LoadShape;
  readonly #folder: string;
  readonly #programs: readonly Program[];

  private constructor(shape: LoadShape, folder: string, programs: readonly Program[]) {
    this.#shape = shape;
    this.#folder = folder;
    this.#programs = programs;
  }

  /**
   * Starts and connects the processes, which wait for {@link Load.go}.
   *
   * @param url - of a server, or of several nodes of a Cluster, with commas between
   * @param env - what each of them has in its environment besides ours
   */
  static async gather(
    url: string,
    shape: LoadShape,
    env: Readonly<Record<string, string>> = {},
  ): Promise<Load> {
    const folder = await mkdtemp(join(tmpdir(), 'latchkey-load-'));
    for (const key of shape.keys) await writeFile(join(folder, `${key}.counter`), '0 0');
    const { processes, ...rest } = shape;
    const programs = Array.from(
      { length: processes },
      () => new Program('load.mjs', { ...env, REDIS_URL: url }, [JSON.stringify({ folder, ...rest })]),
    );
    await Promise.all(programs.map((program) => program.next()));
    return new Load(shape, folder, programs);
  }

  go(): void {
    for (const program of this.#programs) program.send({ command: 'go' });
  }

  /** Lets each caller end its present call. Fails when a process ends in another way than it should. */
  async stop(): Promise<LoadReport> {
    for (const program of this.#programs) program.send({ command: 'stop' });
    const told = await Promise.all(this.#programs.map((program) => program.next()));
    for (const { ended } of this.#programs) {
      expect(await ended).toMatchObject({ code: 0, signal: null, stderr: '' });
    }
    const processes = told as unknown as readonly ProcessReport[];
    const sections = processes.flatMap((one) => one.sections);
    const errors = processes.flatMap((one) => one.errors);
    let counted = 0;
    for (const key of this.#shape.keys) {
      counted += Number((await readFile(join(this.#folder, `${key}.counter`), 'utf8')).split(' ')[0]);
    }
    const witnesses = (await readdir(this.#folder)).filter((file) => file.endsWith('.witness'));
    await rm(this.#folder, { recursive: true });
    const { timeout } = this.#shape.options;
    const waits = processes.flatMap((one) => waitsOf(one, timeout));
    return {
      sections: sections.sort((one, other) => one.entered - other.entered),
      errors,
      counted,
      witnesses,
      late: Math.max(...waits.map(({ late }) => late)),
      lateAwake: Math.max(...waits.map(({ late, excused }) => late - excused)),
      stood: processes.map(({ stood }) => stood.reduce((sum, [from, to]) => sum + to - from, 0)),
    };
  }
}

/** What one process has told. */
interface ProcessReport {
  readonly sections: LoadSection[];
  readonly errors: LoadError[];
  readonly stood: readonly Standstill[];
}

/** By how much each wait was longer than the timeout, in ms, and for how much of that its process stood still. */
function waitsOf({ sections, errors, stood }: ProcessReport, timeout: number) {
  const ends = [
    ...sections.map(({ asked, entered }) => ({ due: asked + timeout, end: entered })),
    ...errors.map(({ asked, entered, settled }) => ({ due: asked + timeout, end: entered ?? settled })),
  ];
  return ends.map(({ due, end }) => ({ late: end - due, excused: standstill(stood, due, end) }));
}

/** S1, S2: no two sections of a key at the same time, and the fencing tokens rose. */
export function expectExclusion({ sections, counted, witnesses }: LoadReport): void {
  expect({
    counted,
    witnesses,
    overlaps: sections.filter(({ overlap }) => overlap).length,
    stale: sections.filter(({ stale }) => stale).length,
  }).toEqual({ counted: sections.length, witnesses: [], overlaps: 0, stale: 0 });
}

/** How often each kind of error was told: `LOCK_BACKEND NO_REPLY`. */
export function kinds({ errors }: LoadReport): Record<string, number> {
  const count: Record<string, number> = {};
  for (const { code, reason, message } of errors) {
    const kind = code === undefined ? message : [code, reason].filter(Boolean).join(' ');
    count[kind] = (count[kind] ?? 0) + 1;
  }
  return count;
}

/** L5: how long after `since` the first section of the last of the keys was entered, in ms. */
export function servedAfter({ sections }: LoadReport, keys: readonly string[], since: number): number {
  const firsts = keys.map((key) => sections.find((one) => one.key === key && one.entered > since));
  return Math.max(...firsts.map((first) => (first?.entered ?? Infinity) - since));
}

/** One line for the output of a test. */
export function summary(report: LoadReport): string {
  const { sections, late } = report;
  return `${sections.length} sections, errors ${JSON.stringify(kinds(report))}, longest wait ${Math.round(late)} ms past its timeout`;
}
