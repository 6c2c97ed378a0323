import { type ChildProcess, fork } from 'node:child_process';
import { resolve } from 'node:path';

/** How a program ended. */
export interface Ending {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

type Message = Record<string, any>;

const running = new Set<ChildProcess>();

/** Kills what is still there, stopped processes too. For `afterEach`. */
export async function killPrograms(): Promise<void> {
  const ended = [...running].map((child) => new Promise((done) => child.once('close', done)));
  for (const child of running) child.kill('SIGKILL');
  await Promise.all(ended);
}

/** Milliseconds on the clock that all processes of a machine share (CLOCK_MONOTONIC). */
export function now(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}

/** A child process with Node's strictest settings for things that go wrong unnoticed. */
export class Program {
  readonly ended: Promise<Ending>;
  readonly #child: ChildProcess;
  readonly #messages: Message[] = [];
  readonly #output = { stdout: '', stderr: '' };
  #ending: Ending | undefined;
  #onChange: () => void = () => undefined;
  #lastId = 0;

  /** @param path - from the root of the project, or the name of a program in this folder */
  constructor(path: string, env: Record<string, string> = {}, args: string[] = []) {
    const file = path.includes('/') ? resolve(__dirname, '../..', path) : resolve(__dirname, path);
    this.#child = fork(file, args, {
      env: { ...process.env, ...env },
      execArgv: ['--unhandled-rejections=strict', '--trace-warnings'],
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    });
    running.add(this.#child);
    this.#child.on('message', (message) => {
      this.#messages.push(message as Message);
      this.#onChange();
    });
    for (const name of ['stdout', 'stderr'] as const) {
      this.#child[name]!.setEncoding('utf8').on('data', (text: string) => (this.#output[name] += text));
    }
    this.ended = new Promise((done) => {
      this.#child.once('close', (code, signal) => {
        running.delete(this.#child);
        this.#ending = { code, signal, ...this.#output };
        done(this.#ending);
        this.#onChange();
      });
    });
  }

  get pid(): number {
    return this.#child.pid!;
  }

  /** The next message that `matches`; what comes before it stays for later calls. Fails when the program ends first. */
  async next(matches: (message: Message) => boolean = () => true): Promise<Message> {
    for (;;) {
      const index = this.#messages.findIndex(matches);
      if (index >= 0) return this.#messages.splice(index, 1)[0]!;
      if (this.#ending) throw new Error(`the program ended: ${JSON.stringify(this.#ending)}`);
      await new Promise<void>((changed) => {
        const before = this.#onChange;
        this.#onChange = () => {
          before();
          changed();
        };
      });
    }
  }

  send(message: Message): void {
    this.#child.send(message);
  }

  /** Sends a command to `lock-client.mjs`; resolves to its answer. */
  ask(command: string, details: Message = {}): Promise<Message> {
    const id = ++this.#lastId;
    this.send({ id, command, ...details });
    return this.next((message) => message['id'] === id);
  }

  kill(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }
}
