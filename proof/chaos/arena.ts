import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from 'redis';

import type { Event } from '../checker/history.js';
import { FaultProxy } from '../rig/proxy.js';
import { freePorts, type RedisProcess, startRedisProcess } from '../rig/redis-process.js';
import { CLIENTS } from './client.js';
import { Recorder } from './recorder.js';
import { now, teller } from './telling.js';

/** So long a process may take to end when it has been asked to, ms: what its calls and releases may take, and some. */
const TO_END = 8_000;

/** What a run stands on: a server behind a proxy, the resource, and the worker processes. Faults go to work on it. */
export class Arena {
  readonly proxy: FaultProxy;
  readonly workers: ChildProcess[] = [];
  readonly #folder: string;
  readonly #tell: (event: Event) => void;
  readonly #port: number;
  readonly #recorder: Recorder;
  readonly #store: ChildProcess;
  readonly #admin: ReturnType<typeof createClient>;
  readonly #entered = new Map<ChildProcess, number>();
  readonly #seed: number;
  #redis: RedisProcess;
  #started = 0;
  #closed = false;

  private constructor(
    folder: string,
    seed: number,
    port: number,
    redis: RedisProcess,
    store: ChildProcess,
    random: () => number,
  ) {
    this.#folder = folder;
    this.#seed = seed;
    this.#port = port;
    this.#redis = redis;
    this.#store = store;
    this.#tell = teller(join(folder, 'nemesis.jsonl'));
    this.#recorder = new Recorder(port, folder);
    this.#admin = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 20 } });
    this.#admin.on('error', () => undefined);
    this.proxy = new FaultProxy(port, random);
  }

  /** @param store - what its resource does: `checks` or `takes-all` */
  static async open(folder: string, seed: number, store: string, random: () => number): Promise<Arena> {
    const [port] = (await freePorts(1)) as [number];
    const redis = await startRedisProcess(serverArguments(port));
    const resource = fork(join(import.meta.dirname, 'store.js'), [folder, store]);
    const arena = new Arena(folder, seed, port, redis, resource, random);
    await once(resource, 'message');
    resource.once('exit', (code) => {
      if (!arena.#closed) throw new Error(`the resource has ended with ${code}`);
    });
    await arena.#recorder.start();
    await arena.#admin.connect();
    await arena.proxy.listen();
    return arena;
  }

  /** How many calls have entered. */
  get entered(): number {
    return [...this.#entered.values()].reduce((a, b) => a + b, 0);
  }

  get pid(): number {
    return this.#redis.pid;
  }

  tell(fault: string): void {
    this.#tell({ at: now(), process: 'nemesis', type: 'fault', fault });
  }

  /** The workers that have begun to work: an earlier signal would end them as it ends any process. */
  get ready(): ChildProcess[] {
    return this.workers.filter((child) => this.#entered.has(child));
  }

  /** Starts one more worker. */
  start(): ChildProcess {
    const n = this.#started++;
    const words = [this.proxy.port, this.#folder, this.#seed * 1_000 + n, CLIENTS[n % CLIENTS.length]];
    const child = fork(join(import.meta.dirname, 'worker.js'), words.map(String));
    child.on('message', (entered: number) => this.#entered.set(child, entered));
    this.workers.push(child);
    return child;
  }

  /** Tells what has become of a process: `stopped`, `resumed`, `killed`. */
  tellOf(child: ChildProcess, type: 'stopped' | 'resumed' | 'killed'): void {
    this.#tell({ at: now(), process: String(child.pid), type });
  }

  /** Waits until a process has ended by itself. */
  async ended(child: ChildProcess): Promise<void> {
    if (child.exitCode === null && child.signalCode === null)
      await Promise.race([once(child, 'exit'), sleep(TO_END, undefined, { ref: false })]);
    const code = child.exitCode ?? -1;
    this.#tell({ at: now(), process: String(child.pid), type: 'ended', code });
    child.kill('SIGKILL');
    this.forget(child);
  }

  forget(child: ChildProcess): void {
    this.workers.splice(this.workers.indexOf(child), 1);
  }

  /** One command of an operator, not through the proxy. */
  command(...words: string[]): Promise<unknown> {
    return this.#admin.sendCommand(words);
  }

  /** Stops the server or lets it go on. */
  signal(name: 'SIGSTOP' | 'SIGCONT'): void {
    if (name === 'SIGSTOP') this.#redis.freeze();
    else this.#redis.thaw();
  }

  /** Kills the server, and starts it again with nothing in it after `ms`. What it did until then has been recorded. */
  async restart(ms: number): Promise<void> {
    await this.proxy.refuse();
    await this.#drain();
    await this.#redis.kill();
    this.#recorder.lost();
    await sleep(ms);
    this.#redis = await startRedisProcess(serverArguments(this.#port));
    await this.#recorder.start();
    await this.proxy.listen();
  }

  /** All faults are over. */
  healed(): void {
    this.#tell({ at: now(), process: 'nemesis', type: 'healed' });
    this.broadcast('calm');
  }

  broadcast(message: string): void {
    for (const child of this.workers) if (child.connected) child.send(message, () => undefined);
  }

  /** Lets all workers end, and tells what lies in the server then. */
  async close(): Promise<void> {
    this.broadcast('stop');
    await Promise.all([...this.workers].map((child) => this.ended(child)));
    await this.#drain();
    const keys = (await this.command('KEYS', '*')) as string[];
    this.#tell({ at: now(), process: 'nemesis', type: 'left', keys });
    await this.destroy();
  }

  /** Stops everything at once. */
  async destroy(): Promise<void> {
    this.#closed = true;
    for (const child of [...this.workers, this.#store]) child.kill('SIGKILL');
    this.#recorder.close();
    if (this.#admin.isOpen) this.#admin.destroy();
    await this.proxy.close();
    await this.#redis.kill();
  }

  #drain(): Promise<void> {
    return this.#recorder.drain((mark) => this.command('PING', mark));
  }
}

/** Nothing on disk. */
function serverArguments(port: number): string[] {
  return ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
}
