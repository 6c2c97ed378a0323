import { mkdtempSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { Nodes, type RedisNodes, until } from './redis-nodes.js';
import { freePorts } from '../../proof/rig/redis-process.js';

/** A Cluster of a test's own: six nodes, which are numbered, three of them masters. */
export interface RedisCluster extends RedisNodes {
  /** The hash slot of a key, by the server. */
  slotOf(key: string): Promise<number>;
  /** The node that serves a key now. */
  masterOf(key: string): Promise<number>;
  /** The nodes that serve slots now. */
  masters(): Promise<number[]>;
  /** A replica of the master. */
  replicaOf(master: number): Promise<number>;
  /** Makes a replica the master at once, whatever it knows and whoever agrees; resolves when all nodes know. */
  takeOver(replica: number): Promise<void>;
  /** Makes a replica the master without losing anything; resolves when all nodes know. */
  failOver(replica: number): Promise<void>;
  /** Resolves when the others have made it a master, and all know. */
  elected(replica: number): Promise<void>;
  /** From now on the slot moves: what its master does not have is answered with ASK. Nothing has moved yet. */
  beginMove(slot: number, to: number): Promise<void>;
  /** Moves what is there of these keys, or of all that are in the slot. Between two keys of one script lies TRYAGAIN. */
  moveKeys(slot: number, to: number, keys?: readonly string[]): Promise<void>;
  /** The new master has the slot from now on; the other answers MOVED. Call it when all keys have been moved. */
  endMove(slot: number, to: number): Promise<void>;
  /** All of it. */
  moveSlot(slot: number, to: number): Promise<void>;
  /** Resolves when all nodes that run agree that all is well, and replicas have what their masters have. */
  settled(): Promise<void>;
  /** FLUSHALL everywhere. */
  flush(): Promise<void>;
}

const MASTERS = 3;
const SLOTS = 16_384;
/** After how many ms without a word a node counts as gone. */
const NODE_TIMEOUT = 1_000;

const running = new Set<RedisCluster>();

// Registered by the import: whatever a test file starts is stopped at its end.
afterAll(async () => {
  await Promise.all([...running].map((cluster) => cluster.stop()));
});

/**
 * Starts a Cluster, in about two seconds.
 *
 * @param options - further options of redis-server, for each node
 */
export async function startCluster(...options: string[]): Promise<RedisCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-cluster-'));
  const cluster = new Cluster(await startNodes(folder, options), folder);
  running.add(cluster);
  await cluster.form();
  return cluster;
}

async function startNodes(folder: string, options: readonly string[]): Promise<Nodes> {
  const ports = await freePorts(2 * MASTERS);
  await Promise.all(ports.map((port) => mkdir(join(folder, String(port)))));
  return Nodes.start(ports, (port) => [
    ...['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'],
    ...['--dir', join(folder, String(port)), '--cluster-enabled', 'yes'],
    ...['--cluster-node-timeout', String(NODE_TIMEOUT), '--repl-diskless-sync-delay', '0'],
    ...options,
  ]);
}

/** A line of CLUSTER NODES. */
interface Known {
  readonly id: string;
  readonly port: number;
  readonly flags: readonly string[];
  readonly master: string;
  readonly slots: readonly (readonly [from: number, to: number])[];
}

class Cluster implements RedisCluster {
  readonly #nodes: Nodes;
  readonly #folder: string;

  constructor(nodes: Nodes, folder: string) {
    this.#nodes = nodes;
    this.#folder = folder;
  }

  get urls(): readonly string[] {
    return this.#nodes.urls;
  }

  get ports(): readonly number[] {
    return this.#nodes.ports;
  }

  readonly command: RedisNodes['command'] = (node, ...command) => this.#nodes.command(node, ...command);
  readonly kill: RedisNodes['kill'] = (node) => this.#nodes.kill(node);
  readonly start: RedisNodes['start'] = (node) => this.#nodes.start(node);
  readonly freeze: RedisNodes['freeze'] = (node) => this.#nodes.freeze(node);
  readonly thaw: RedisNodes['thaw'] = (node) => this.#nodes.thaw(node);
  readonly cutReplicas: RedisNodes['cutReplicas'] = (master) => this.#nodes.cutReplicas(master);
  readonly healReplicas: RedisNodes['healReplicas'] = (master) => this.#nodes.healReplicas(master);

  async stop(): Promise<void> {
    running.delete(this);
    await this.#nodes.stop();
    await rm(this.#folder, { recursive: true, force: true });
  }

  /** Makes a Cluster of nodes that do not know each other. */
  async form(): Promise<void> {
    const masters = this.urls.slice(0, MASTERS).map((_, node) => node);
    await Promise.all(
      masters.map((node) => {
        const [from, to] = [node, node + 1].map((part) => Math.ceil((part * SLOTS) / MASTERS)) as [
          number,
          number,
        ];
        const slots = Array.from({ length: to - from }, (_, i) => String(from + i));
        return this.command(node, 'CLUSTER', 'ADDSLOTS', ...slots);
      }),
    );
    for (const [node, port] of this.ports.entries()) {
      await this.command(node, 'CLUSTER', 'SET-CONFIG-EPOCH', String(node + 1));
      if (node > 0) await this.command(0, 'CLUSTER', 'MEET', '127.0.0.1', String(port));
    }
    await Promise.all(
      masters.map(async (master) => {
        const id = await this.#idOf(master);
        await until(() => this.command(master + MASTERS, 'CLUSTER', 'REPLICATE', id).then(() => true), 'met');
      }),
    );
    await this.settled();
  }

  async slotOf(key: string): Promise<number> {
    return (await this.command(this.#anyAlive(), 'CLUSTER', 'KEYSLOT', key)) as number;
  }

  async masterOf(key: string): Promise<number> {
    return this.#masterOfSlot(await this.slotOf(key));
  }

  async masters(): Promise<number[]> {
    const known = await this.#known(this.#anyAlive());
    return known
      .filter(serves)
      .map(({ port }) => this.ports.indexOf(port))
      .sort();
  }

  async replicaOf(master: number): Promise<number> {
    const id = await this.#idOf(master);
    const known = await this.#known(this.#anyAlive());
    const replica = known.find((one) => one.master === id && isWell(one));
    if (replica === undefined) throw new Error(`node ${master} has no replica`);
    return this.ports.indexOf(replica.port);
  }

  async takeOver(replica: number): Promise<void> {
    await this.command(replica, 'CLUSTER', 'FAILOVER', 'TAKEOVER');
    await this.elected(replica);
  }

  async failOver(replica: number): Promise<void> {
    await this.command(replica, 'CLUSTER', 'FAILOVER');
    await this.elected(replica);
  }

  async elected(master: number): Promise<void> {
    const id = await this.#idOf(master);
    await until(async () => {
      const views = await Promise.all(this.#nodes.alive.map((node) => this.#known(node)));
      return views.every((known) => known.some((one) => one.id === id && serves(one)));
    }, `node ${master} is the master`);
  }

  async beginMove(slot: number, to: number): Promise<void> {
    const from = await this.#masterOfSlot(slot);
    const [fromId, toId] = [await this.#idOf(from), await this.#idOf(to)];
    await this.command(to, 'CLUSTER', 'SETSLOT', String(slot), 'IMPORTING', fromId);
    await this.command(from, 'CLUSTER', 'SETSLOT', String(slot), 'MIGRATING', toId);
  }

  async moveKeys(slot: number, to: number, keys?: readonly string[]): Promise<void> {
    const from = await this.#masterOfSlot(slot);
    const target = ['127.0.0.1', String(this.ports[to]), '', '0', '5000', 'KEYS'];
    for (;;) {
      const present =
        keys ?? ((await this.command(from, 'CLUSTER', 'GETKEYSINSLOT', String(slot), '100')) as string[]);
      // What is not there any more is no error: the reply is NOKEY, or the others are moved.
      if (present.length > 0) await this.command(from, 'MIGRATE', ...target, ...present);
      if (keys !== undefined || present.length === 0) return;
    }
  }

  async endMove(slot: number, to: number): Promise<void> {
    const id = await this.#idOf(to);
    // The new master first, so that there is no moment in which nobody has it.
    const others = (await this.masters()).filter((node) => node !== to);
    for (const node of [to, ...others])
      await this.command(node, 'CLUSTER', 'SETSLOT', String(slot), 'NODE', id);
    await until(async () => {
      const views = await Promise.all(this.#nodes.alive.map((node) => this.#known(node)));
      return views.every((known) => known.find((one) => has(one, slot))?.id === id);
    }, `the move of slot ${slot} is known`);
  }

  async moveSlot(slot: number, to: number): Promise<void> {
    await this.beginMove(slot, to);
    await this.moveKeys(slot, to);
    await this.endMove(slot, to);
  }

  async settled(): Promise<void> {
    await until(async () => {
      const alive = this.#nodes.alive;
      const infos = await Promise.all(alive.map((node) => this.command(node, 'CLUSTER', 'INFO')));
      if (!infos.every((info) => String(info).includes('cluster_state:ok'))) return false;
      const views = await Promise.all(alive.map((node) => this.#known(node)));
      if (new Set(views.map(summary)).size !== 1) return false;
      // Without those that were killed: they are known for as long as a test lasts.
      const ports = alive.map((node) => this.ports[node]!);
      const present = views[0]!.filter(({ port }) => ports.includes(port));
      if (present.length !== alive.length || !present.every(isWell)) return false;
      const roles = await Promise.all(alive.map((node) => this.command(node, 'INFO', 'replication')));
      return roles.every((role) => /role:master|master_link_status:up/.test(String(role)));
    }, 'the Cluster is well');
  }

  async flush(): Promise<void> {
    await Promise.all((await this.masters()).map((node) => this.command(node, 'FLUSHALL')));
  }

  async #masterOfSlot(slot: number): Promise<number> {
    const known = await this.#known(this.#anyAlive());
    return this.ports.indexOf(known.find((one) => has(one, slot))!.port);
  }

  async #idOf(node: number): Promise<string> {
    // From somebody else's view, if it does not run any more.
    const teller = this.#nodes.alive.includes(node) ? node : this.#anyAlive();
    const known = await this.#known(teller);
    return known.find(({ port }) => port === this.ports[node])!.id;
  }

  #anyAlive(): number {
    return this.#nodes.alive[0]!;
  }

  async #known(node: number): Promise<Known[]> {
    const text = (await this.command(node, 'CLUSTER', 'NODES')) as string;
    return text.trim().split('\n').map(readKnown);
  }
}

function readKnown(line: string): Known {
  const [id, address, flags, master, , , , , ...ranges] = line.split(' ') as [string, string, string, string];
  return {
    id,
    port: Number(/:(\d+)@/.exec(address)?.[1]),
    flags: flags.split(','),
    master,
    // Slots on the move are noted in brackets, beside the range that they are still in.
    slots: (ranges as string[])
      .filter((range) => /^\d/.test(range))
      .map((range) => range.split('-').map(Number))
      .map(([from, to = from]) => [from!, to!]),
  };
}

const isWell = ({ flags }: Known): boolean => !flags.some((flag) => /fail|handshake|noaddr/.test(flag));
const serves = (one: Known): boolean => one.slots.length > 0 && isWell(one);
const has = ({ slots }: Known, slot: number): boolean =>
  slots.some(([from, to]) => from <= slot && slot <= to);

/** What nodes have to agree on. */
function summary(known: readonly Known[]): string {
  const lines = known.map(({ id, flags, master, slots }) => {
    const role = flags.includes('master') ? 'master' : master;
    return `${id} ${role} ${slots.join(' ')}`;
  });
  return lines.sort().join('\n');
}
