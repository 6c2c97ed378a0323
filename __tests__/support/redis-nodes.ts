import { createClient } from 'redis';

import { pause } from './pause.js';
import { type RedisProcess, SERVES, startRedisProcess } from '../../proof/rig/redis-process.js';

/** What a test wants one of several servers to do: by its number, which it keeps when it changes its role. */
export interface RedisNodes {
  /** `redis://127.0.0.1:port` of each. */
  readonly urls: readonly string[];
  readonly ports: readonly number[];
  /** Sends one command to one of them, and returns the reply as RESP 2 has it. Waits for one that is gone. */
  command(node: number, ...command: string[]): Promise<unknown>;
  /** Kills it with all that it has in memory. */
  kill(node: number): Promise<void>;
  /** Starts it again, empty, on its port; resolves when it serves. */
  start(node: number): Promise<void>;
  /** Lets it stand still, with its connections open, until `thaw`. */
  freeze(node: number): void;
  thaw(node: number): void;
  /** The master has no replica any more from now on, and none that follows: what is written is on the master alone. */
  cutReplicas(master: number): Promise<void>;
  /** Replicas may follow again. */
  healReplicas(master: number): Promise<void>;
  /** Kills all of them and closes what was connected to them. A second call does nothing more. */
  stop(): Promise<void>;
}

/** Several servers that are started with other arguments each. */
export class Nodes implements RedisNodes {
  readonly ports: readonly number[];
  readonly urls: readonly string[];
  readonly #argsOf: (port: number) => readonly string[];
  readonly #ready: RegExp;
  readonly #running = new Map<number, RedisProcess>();
  readonly #clients = new Map<number, Promise<Client>>();
  #stopped: Promise<void> | undefined;

  private constructor(ports: readonly number[], argsOf: (port: number) => readonly string[], ready: RegExp) {
    this.#ready = ready;
    this.ports = ports;
    this.urls = ports.map((port) => `redis://127.0.0.1:${port}`);
    this.#argsOf = argsOf;
  }

  /** @param ready - what one of them says when it can be used */
  static async start(
    ports: readonly number[],
    argsOf: (port: number) => readonly string[],
    ready = SERVES,
  ): Promise<Nodes> {
    const nodes = new Nodes(ports, argsOf, ready);
    const started = await Promise.allSettled(ports.map((_, node) => nodes.start(node)));
    const failed = started.find((one) => one.status === 'rejected');
    if (failed === undefined) return nodes;
    await nodes.stop();
    throw failed.reason;
  }

  get alive(): number[] {
    return [...this.#running.keys()].sort((one, other) => one - other);
  }

  async start(node: number): Promise<void> {
    this.#running.set(node, await startRedisProcess(this.#argsOf(this.ports[node]!), this.#ready));
  }

  async kill(node: number): Promise<void> {
    const running = this.#running.get(node);
    this.#running.delete(node);
    await running?.kill();
  }

  freeze(node: number): void {
    this.#running.get(node)?.freeze();
  }

  thaw(node: number): void {
    this.#running.get(node)?.thaw();
  }

  async command(node: number, ...command: string[]): Promise<unknown> {
    let client = this.#clients.get(node);
    if (client === undefined) {
      client = connect(this.urls[node]!);
      this.#clients.set(node, client);
    }
    return (await client).sendCommand(command);
  }

  async cutReplicas(master: number): Promise<void> {
    // By rights: replicas come again every second and are refused, and nobody else is disturbed.
    await this.command(master, 'ACL', 'SETUSER', 'default', '-psync', '-sync');
    await this.command(master, 'CLIENT', 'KILL', 'TYPE', 'replica');
  }

  async healReplicas(master: number): Promise<void> {
    await this.command(master, 'ACL', 'SETUSER', 'default', '+psync', '+sync');
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    // A client that never got through is ended with its server, and its `connect()` with it.
    const clients = await Promise.all(
      [...this.#clients.values()].map((client) => client.catch(() => undefined)),
    );
    for (const client of clients) if (client?.isOpen) client.destroy();
    await Promise.all(this.alive.map((node) => this.kill(node)));
  }
}

type Client = Awaited<ReturnType<typeof connect>>;

async function connect(url: string) {
  // Back soon after its server is.
  const client = createClient({ url, RESP: 2, socket: { reconnectStrategy: 20 } });
  client.on('error', () => undefined);
  await client.connect();
  return client;
}

/** Asks again until it is so; an error is no. */
export async function until(ask: () => Promise<boolean>, what: string): Promise<void> {
  const end = performance.now() + 15_000;
  let last: unknown;
  while (performance.now() < end) {
    try {
      if (await ask()) return;
    } catch (error) {
      last = error;
    }
    await pause(20);
  }
  throw new Error(`not within 15 s: ${what}`, { cause: last });
}
