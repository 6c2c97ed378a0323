import { type ChildProcess, spawn } from 'node:child_process';

/** How a program has ended. */
export interface Ended {
  /** Undefined when the watchdog has ended it. */
  readonly code: number | undefined;
  /** The end of what it has written. */
  readonly output: string;
}

/** So much of the output is kept, in characters. */
const MOST_OUTPUT = 20_000;

const running = new Set<ChildProcess>();

/**
 * Runs a program of Node's in a process group of its own, with no more time than `most` ms: then the group is killed, and
 * the servers that it has started with it.
 */
export function runNode(
  args: readonly string[],
  { cwd, env, most }: { cwd: string; env: NodeJS.ProcessEnv; most: number },
): Promise<Ended> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, args, {
      cwd,
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    running.add(child);
    let output = '';
    let late = false;
    const hear = (chunk: Buffer): void => {
      output = (output + chunk.toString()).slice(-MOST_OUTPUT);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const watchdog = setTimeout(() => {
      late = true;
      killGroup(child);
    }, most);
    const settle = (): void => {
      clearTimeout(watchdog);
      running.delete(child);
    };
    child.once('error', (error) => {
      settle();
      reject(error);
    });
    // Not at its close: what it has left running may have its output open.
    child.once('exit', (code) => {
      settle();
      // Whatever it has left behind.
      killGroup(child);
      resolve({ code: late ? undefined : (code ?? 1), output });
    });
  });
}

/** Ends all that {@link runNode} has running. */
export function killAll(): void {
  for (const child of running) killGroup(child);
}

function killGroup({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) process.kill(-pid, 'SIGKILL');
  } catch {
    // It is gone already.
  }
}
