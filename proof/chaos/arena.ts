import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { createClient } from 'redis';

import { FaultProxy } from '../rig/proxy.js';
import { freePorts, type RedisProcess, startRedisProcess } from '../rig/redis-process.js';
import { CLIENTS } from './client.js';
import type { Order, Report, Rested } from './orders.js';
import { Recorder } from './recorder.js';
import { now, Teller } from './telling.js';

/** So long a process may take to end when it has been asked to, ms: what its calls and releases may take, and some. */
const TO_END = 8_000;

/** So long a place in a queue is kept without a word from who waits there, ms, and some more. */
const PATIENCE = 3_300;

/** What a run stands on: a server behind a proxy, the resource, and the worker processes. Faults go to work on it. */
export class Arena {
  readonly proxy: FaultProxy;
  readonly workers: ChildProcess[] = [];
  readonly #root: string;
  #folder: string;
  readonly #teller: Teller;
  readonly #port: number;
  readonly #recorder: Recorder;
  readonly #store: ChildProcess;
  readonly #admin: ReturnType<typeof createClient>;
  readonly #entered = new Map<ChildProcess, number>();
  readonly #immortal = new Set<ChildProcess>();
  readonly #rested = new Map<ChildProcess, (rested: Rested) => void>();
  readonly #seed: number;
  #redis: RedisProcess;
  #started = 0;
  #closed = false;

  private constructor(
    root: string,
    seed: number,
    port: number,
    redis: RedisProcess,
    store: ChildProcess,
    random: () => number,
  ) {
    this.#root = this.#folder = root;
    this.#seed = seed;
    this.#port = port;
    this.#redis = redis;
    this.#store = store;
    this.#teller = new Teller(root, 'nemesis');
    this.#recorder = new Recorder(port, root);
    this.#admin = createClient({ url: `redis://127.0.0.1:${port}`, socket: { reconnectStrategy: 20 } });
    this.#admin.on('error', () => undefined);
    this.proxy = new FaultProxy(port, random);
  }

  /**
   * @param root - its folder, where histories are told until {@link Arena.turn}
   * @param store - what its resource does: `checks` or `takes-all`
   */
  static async open(root: string, seed: number, store: string, random: () => number): Promise<Arena> {
    const [port] = (await freePorts(1)) as [number];
    const redis = await startRedisProcess(serverArguments(port));
    const resource = fork(join(import.meta.dirname, 'store.js'), [root, root, store]);
    const arena = new Arena(root, seed, port, redis, resource, random);
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

  tell(fault: string): void {
    this.#teller.tell({ at: now(), process: 'nemesis', type: 'fault', fault });
  }

  /** The workers that are at work: an earlier signal would end them as it ends any process. */
  get ready(): ChildProcess[] {
    return this.workers.filter((child) => this.#entered.has(child) && !isOver(child));
  }

  /** Whether a worker has ended that nobody had asked to: how will be told when all are asked to. */
  get hasLostOne(): boolean {
    return this.workers.some(isOver);
  }

  /** Those of them that may be killed. */
  get mortal(): ChildProcess[] {
    return this.ready.filter((child) => !this.#immortal.has(child));
  }

  /** Starts one more worker. @param immortal - whether it lives to the end */
  start(immortal = false): void {
    const n = this.#started++;
    const words = [
      this.proxy.port,
      this.#root,
      this.#folder,
      this.#seed * 1_000 + n,
      CLIENTS[n % CLIENTS.length],
    ];
    const execArgv = immortal ? ['--expose-gc'] : [];
    const child = fork(join(import.meta.dirname, 'worker.js'), words.map(String), { execArgv });
    child.on('message', ({ entered, rested }: Report) => {
      this.#entered.set(child, entered);
      if (rested !== undefined) this.#rested.get(child)?.(rested);
    });
    this.workers.push(child);
    if (immortal) this.#immortal.add(child);
  }

  /** Tells what has become of a process: `stopped`, `resumed`, `killed`. */
  tellOf(child: ChildProcess, type: 'stopped' | 'resumed' | 'killed'): void {
    this.#teller.tell({ at: now(), process: String(child.pid), type });
  }

  /** Waits until a process has ended by itself. */
  async ended(child: ChildProcess): Promise<void> {
    if (!isOver(child)) await Promise.race([once(child, 'exit'), sleep(TO_END, undefined, { ref: false })]);
    const code = child.exitCode ?? -1;
    this.#teller.tell({ at: now(), process: String(child.pid), type: 'ended', code });
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
    this.#recorder.lost();
    await this.#redis.kill();
    await sleep(ms);
    this.#redis = await startRedisProcess(serverArguments(this.#port));
    await this.#recorder.start();
    await this.proxy.listen();
  }

  /** From now on locks have a long ttl: whatever is left behind, although nobody dies any more, is there for long and shows. */
  lasting(): void {
    this.#broadcast({ does: 'feel', mood: 'lasting' });
  }

  /** All faults are over. */
  healed(): void {
    this.#teller.tell({ at: now(), process: 'nemesis', type: 'healed' });
    this.#broadcast({ does: 'feel', mood: 'calm' });
  }

  order(child: ChildProcess, order: Order): void {
    if (child.connected) child.send(order, () => undefined);
  }

  /** Lets all workers finish what they do, and do no more. Resolves to what the immortal ones have then, and to how many keys and clients the server has. */
  async rest(): Promise<{ readonly workers: Rested[]; readonly keys: number; readonly clients: number }> {
    // Who has ended can not rest, and is told of.
    await Promise.all(this.workers.filter(isOver).map((child) => this.ended(child)));
    const rested = this.workers.map((child) => this.#restOf(child));
    this.#broadcast({ does: 'rest' });
    const all = await Promise.all(rested);
    const keys = await this.#tellLeft();
    const clients = /connected_clients:(\d+)/.exec((await this.command('INFO', 'clients')) as string)![1];
    return {
      workers: all.filter((_, n) => this.#immortal.has(this.workers[n]!)),
      keys: keys.length,
      clients: Number(clients),
    };
  }

  /** After {@link Arena.rest}: goes on, and tells into another folder. */
  turn(folder: string): void {
    this.#folder = folder;
    this.#teller.turn(folder);
    this.#recorder.turn(folder);
    this.#store.send(folder);
    this.#broadcast({ does: 'go', folder });
  }

  #broadcast(order: Order): void {
    for (const child of this.workers) this.order(child, order);
  }

  /** Lets all workers end, and tells what lies in the server then. */
  async close(): Promise<void> {
    this.#broadcast({ does: 'stop' });
    await Promise.all([...this.workers].map((child) => this.ended(child)));
    await this.#tellLeft();
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

  #restOf(child: ChildProcess): Promise<Rested> {
    return new Promise((resolve, reject) => {
      const gone = (code: number | null): void =>
        reject(new Error(`a worker that was to rest has ended with ${code}`));
      child.once('exit', gone);
      this.#rested.set(child, (rested) => {
        child.off('exit', gone);
        resolve(rested);
      });
    });
  }

  /** Tells what lies in the server when nobody works. */
  async #tellLeft(): Promise<string[]> {
    await this.#drain();
    const keys = await this.#keysLeft();
    this.#teller.tell({ at: now(), process: 'nemesis', type: 'left', keys });
    return keys;
  }

  /** What lies in the server when places in queues, of processes that were killed, have expired. */
  async #keysLeft(): Promise<string[]> {
    const end = now() + PATIENCE;
    for (;;) {
      const keys = (await this.command('KEYS', '*')) as string[];
      if (now() > end || keys.every((key) => key.endsWith(':fence'))) return keys;
      await sleep(100);
    }
  }

  #drain(): Promise<void> {
    return this.#recorder.drain((mark) => this.command('PING', mark));
  }
}

const isOver = ({ exitCode, signalCode }: ChildProcess): boolean => exitCode !== null || signalCode !== null;

/** Nothing on disk. */
function serverArguments(port: number): string[] {
  return ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'];
}
