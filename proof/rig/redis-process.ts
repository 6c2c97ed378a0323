import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';

import { RedisBinary } from 'redis-memory-server';

/** One process of the server's binary: a node of a Cluster, a replica, a Sentinel. */
export interface RedisProcess {
  readonly pid: number;
  /** Kills it with all that it has in memory. A second call does nothing more. */
  kill(): Promise<void>;
  /** Lets it stand still, with its connections open, until `thaw`. */
  freeze(): void;
  thaw(): void;
}

/** When a server says so on its output, it can be reached. */
export const SERVES = /Ready to accept connections/;

/**
 * Starts the binary that all tests use. The process ends with this one, also when this one is killed.
 *
 * @param args - of redis-server
 * @param ready - what it says when it can be used
 * @throws {Error} with what it has said, when it ends before that
 */
export async function startRedisProcess(args: readonly string[], ready = SERVES): Promise<RedisProcess> {
  const child = spawn(await RedisBinary.getPath(), args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const guard = guardOf(child);
  let said = '';
  const serves = new Promise<void>((resolve, reject) => {
    const listen = (data: Buffer): void => {
      said = (said + data.toString()).slice(-4_000);
      if (ready.test(said)) resolve();
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('error', reject);
    child.once('close', () => reject(new Error(`redis-server ${args.join(' ')} has ended:\n${said}`)));
  });
  const kill = async (): Promise<void> => {
    const isOver = child.exitCode !== null || child.signalCode !== null;
    const exit = isOver ? undefined : once(child, 'exit');
    child.kill('SIGKILL');
    await exit;
    guard.kill('SIGKILL');
  };
  try {
    await serves;
  } catch (error) {
    await kill();
    throw error;
  }
  return {
    pid: child.pid!,
    kill,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
  };
}

/** What a shell does that kills a process when its own input ends without a line. */
export const GUARD = 'read -r line || kill -9 "$0"';

/** Kills the process when this one is gone, and its end of the pipe with it. */
function guardOf({ pid }: ChildProcess): ChildProcess {
  const guard = spawn('sh', ['-c', GUARD, String(pid)], {
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.unref();
  return guard;
}

/** The bus of a Cluster's node is this far above its port. */
const BUS = 10_000;

/**
 * Ports of 127.0.0.1 that are free, and those of their Cluster buses with them. All lie below those that the system
 * gives to outgoing connections, which could take one of them in between.
 */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = [];
  while (ports.length < count) {
    const port = 10_240 + Math.floor(Math.random() * 12_000);
    if (!ports.includes(port) && (await isFree(port)) && (await isFree(port + BUS))) ports.push(port);
  }
  return ports;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
