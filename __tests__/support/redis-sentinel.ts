import { mkdtempSync, writeFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Nodes, type RedisNodes, until } from './redis-nodes.js';
import { freePorts } from '../../proof/rig/redis-process.js';

/** Two servers, one of them the replica of the other, and three Sentinels that watch them. */
export interface RedisSentinel extends RedisNodes {
  /** What the Sentinels call the master. */
  readonly name: string;
  /** Where the Sentinels are, as clients want it. */
  readonly addresses: readonly { readonly host: string; readonly port: number }[];
  readonly sentinels: Pick<RedisNodes, 'urls' | 'ports' | 'command' | 'kill' | 'start' | 'freeze' | 'thaw'>;
  /** The server that the Sentinels call the master now. */
  master(): Promise<number>;
  /** Resolves when the Sentinels that run have agreed on this master, and it is one. */
  promoted(node: number): Promise<void>;
  /** Lets the Sentinels make the other server the master, without losing anything; resolves when they have. */
  failOver(): Promise<void>;
  /** Resolves when all that run know each other, and the replica has what its master has. */
  settled(): Promise<void>;
}

const NAME = 'locks';
const QUORUM = 2;
/** After how many ms without a word a master counts as gone. */
const DOWN_AFTER = 500;
/** Said when it knows its own name, which is written before it serves. */
const WATCHES = /Sentinel ID is [^]*monitor master/;

const running = new Set<RedisSentinel>();

// Registered by the import: whatever a test file starts is stopped at its end.
afterAll(async () => {
  await Promise.all([...running].map((sentinel) => sentinel.stop()));
});

/**
 * Starts a master (0), its replica (1) and three Sentinels, in two to three seconds.
 *
 * @param options - further options of redis-server, for both servers
 */
export async function startSentinel(...options: string[]): Promise<RedisSentinel> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-sentinel-'));
  const ports = await freePorts(5);
  await Promise.all(ports.map((port) => mkdir(join(folder, String(port)))));
  const [master, replica, ...watching] = ports as [number, number, ...number[]];
  const servers = await Nodes.start([master, replica], (port) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    ...['--dir', join(folder, String(port)), '--repl-diskless-sync-delay', '0'],
    ...(port === replica ? ['--replicaof', '127.0.0.1', String(master)] : []),
    ...options,
  ]);
  const configOf = (port: number): string => join(folder, String(port), 'sentinel.conf');
  for (const port of watching)
    writeFileSync(configOf(port), config(port, master, join(folder, String(port))));
  const sentinels = await Nodes.start(watching, (port) => [configOf(port), '--sentinel'], WATCHES);
  const sentinel = new Sentinel(servers, sentinels, folder);
  running.add(sentinel);
  await sentinel.settled();
  return sentinel;
}

/** What a Sentinel starts with; it writes into this file what it learns. */
function config(port: number, master: number, folder: string): string {
  return [
    `port ${port}`,
    'bind 127.0.0.1',
    `dir ${folder}`,
    `sentinel monitor ${NAME} 127.0.0.1 ${master} ${QUORUM}`,
    `sentinel down-after-milliseconds ${NAME} ${DOWN_AFTER}`,
    `sentinel failover-timeout ${NAME} 2000`,
    '',
  ].join('\n');
}

class Sentinel implements RedisSentinel {
  readonly name = NAME;
  readonly sentinels: Nodes;
  readonly #servers: Nodes;
  readonly #folder: string;

  constructor(servers: Nodes, sentinels: Nodes, folder: string) {
    this.#servers = servers;
    this.sentinels = sentinels;
    this.#folder = folder;
  }

  get urls(): readonly string[] {
    return this.#servers.urls;
  }

  get ports(): readonly number[] {
    return this.#servers.ports;
  }

  get addresses(): { host: string; port: number }[] {
    return this.sentinels.ports.map((port) => ({ host: '127.0.0.1', port }));
  }

  readonly command: RedisNodes['command'] = (node, ...command) => this.#servers.command(node, ...command);
  readonly kill: RedisNodes['kill'] = (node) => this.#servers.kill(node);
  readonly start: RedisNodes['start'] = (node) => this.#servers.start(node);
  readonly freeze: RedisNodes['freeze'] = (node) => this.#servers.freeze(node);
  readonly thaw: RedisNodes['thaw'] = (node) => this.#servers.thaw(node);
  readonly cutReplicas: RedisNodes['cutReplicas'] = (master) => this.#servers.cutReplicas(master);
  readonly healReplicas: RedisNodes['healReplicas'] = (master) => this.#servers.healReplicas(master);

  async stop(): Promise<void> {
    running.delete(this);
    await Promise.all([this.sentinels.stop(), this.#servers.stop()]);
    await rm(this.#folder, { recursive: true, force: true });
  }

  async master(): Promise<number> {
    return this.#masterBy(this.sentinels.alive[0]!);
  }

  async promoted(node: number): Promise<void> {
    await until(async () => {
      const named = await Promise.all(this.sentinels.alive.map((sentinel) => this.#masterBy(sentinel)));
      if (!named.every((one) => one === node)) return false;
      return String(await this.command(node, 'INFO', 'replication')).includes('role:master');
    }, `the Sentinels call server ${node} the master`);
  }

  async failOver(): Promise<void> {
    const next = 1 - (await this.master());
    // Refused while they are not done with the last one.
    const ask = () => this.sentinels.command(this.sentinels.alive[0]!, 'SENTINEL', 'FAILOVER', NAME);
    await until(() => ask().then(() => true), 'the Sentinels take a failover');
    await this.promoted(next);
    await this.settled();
  }

  async settled(): Promise<void> {
    await until(async () => {
      const { alive, ports } = this.sentinels;
      for (const sentinel of alive) {
        const known = toMap(await this.sentinels.command(sentinel, 'SENTINEL', 'MASTER', NAME));
        if (known.get('flags') !== 'master') return false;
        if (Number(known.get('num-other-sentinels')) !== ports.length - 1) return false;
        const replicas = (await this.sentinels.command(sentinel, 'SENTINEL', 'REPLICAS', NAME)) as string[][];
        const well = replicas.map(toMap).filter((one) => one.get('flags') === 'slave');
        if (well.length !== this.#servers.alive.length - 1) return false;
      }
      const roles = await Promise.all(
        this.#servers.alive.map((node) => this.command(node, 'INFO', 'replication')),
      );
      return roles.every((role) => /role:master|master_link_status:up/.test(String(role)));
    }, 'Sentinels, master and replica know each other');
  }

  async #masterBy(sentinel: number): Promise<number> {
    const address = await this.sentinels.command(sentinel, 'SENTINEL', 'GET-MASTER-ADDR-BY-NAME', NAME);
    return this.ports.indexOf(Number((address as string[])[1]));
  }
}

/** A reply of names and values by turns. */
function toMap(reply: unknown): Map<string, string> {
  const list = reply as string[];
  return new Map(
    list.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, list[i + 1] ?? '']] : [])),
  );
}
