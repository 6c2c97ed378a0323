import { execFileSync } from 'node:child_process';
import { closeSync, mkdtempSync, openSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

const folder = mkdtempSync(join(tmpdir(), 'latchkey-clock-'));
const LIBRARY = join(folder, 'wall-clock.so');
const files: number[] = [];

// Registered by the import. The processes that read the clocks have ended, or are about to.
afterAll(() => {
  for (const file of files) closeSync(file);
  rmSync(folder, { recursive: true });
});

/** Why this machine can not give a process a wall clock of its own; undefined when it can. */
export const NO_CLOCKS = build();

function build(): string | undefined {
  if (process.platform !== 'linux') return 'wall clocks can be set on Linux only';
  try {
    const flags = ['-shared', '-fPIC', '-O1', '-Wall', '-Werror'];
    execFileSync('cc', [...flags, '-o', LIBRARY, resolve(__dirname, 'wall-clock.c')], { stdio: 'pipe' });
    return undefined;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? 'there is no C compiler'
      : 'cc can not build it';
  }
}

/** A test that sets wall clocks. Where that can not be done it is skipped, and its title tells why. */
export function testWithClocks(title: string, body: () => Promise<void>): void {
  if (NO_CLOCKS === undefined) test(title, body);
  else test.skip(`${title} (skipped: ${NO_CLOCKS})`, body);
}

/** A wall clock that a test can set, for the processes that are started with its {@link WallClock.env}. */
export class WallClock {
  /** What a process of this clock must have in its environment. */
  readonly env: Readonly<Record<string, string>>;
  readonly #file: number;

  constructor() {
    const path = join(folder, `clock-${files.length}`);
    writeFileSync(path, Buffer.alloc(8));
    this.#file = openSync(path, 'r+');
    files.push(this.#file);
    this.env = { LD_PRELOAD: LIBRARY, WALL_CLOCK_FILE: path };
  }

  /** From now on the clock is wrong by so many ms. */
  set(wrongBy: number): void {
    // In place: a file that became shorter would end who has it mapped. The bytes' order is this machine's, as theirs is.
    writeSync(this.#file, new BigInt64Array([BigInt(wrongBy)]), 0, 8, 0);
  }
}
