/** Starts the processes that the demo needs, and stops each of them. */
import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { LockGrant } from './report.js';

/** Where something listens. `await using` stops it at the end of the block, also when that fails. */
export interface Service extends AsyncDisposable {
  readonly url: string;
}

/** A process of the service. */
export interface Lodge extends Service {
  /** The locks that it got so far. */
  readonly grants: readonly LockGrant[];
}

/** How long a process may take to end by itself, in ms. */
const PATIENCE = 10_000;

/** The Redis at REDIS_URL, or else one of our own on a free port, which writes nothing to disk. */
export async function startRedis(signal: AbortSignal): Promise<Service> {
  const { REDIS_URL } = process.env;
  if (REDIS_URL) return { url: REDIS_URL, [Symbol.asyncDispose]: async () => undefined };
  const port = await freePort();
  const options = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--dir', tmpdir()];
  const child = spawn(findRedis(), options, { detached: true, stdio: ['ignore', 'pipe', 'inherit'] });
  const ready = new Promise<string>((resolve) => {
    let log = '';
    child.stdout.on('data', (text: Buffer) => {
      log += text.toString();
      if (log.includes('Ready to accept connections')) resolve(`redis://127.0.0.1:${port}`);
    });
  });
  return service(child, ready, signal);
}

/** One process of the PossumLodge service. */
export async function startLodge(env: Record<string, string>, signal: AbortSignal): Promise<Lodge> {
  const program = fileURLToPath(new URL('server.js', import.meta.url));
  const child = fork(program, {
    detached: true,
    env: { ...process.env, ...env, PORT: '0' },
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const grants: LockGrant[] = [];
  const ready = new Promise<string>((resolve) => {
    child.on('message', (message: { port: number } | LockGrant) => {
      if ('port' in message) resolve(`http://127.0.0.1:${message.port}`);
      else grants.push(message);
    });
  });
  return { ...(await service(child, ready, signal)), grants };
}

/** All children are `detached`: a Ctrl-C then reaches the demo alone, which stops them in the right order. */
async function service(child: ChildProcess, ready: Promise<string>, signal: AbortSignal): Promise<Service> {
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  const failed = new Promise<never>((_resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, by) => reject(new Error(`${child.spawnfile} ended too early: ${by ?? code}`)));
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
  const stop = async (): Promise<void> => {
    child.kill('SIGTERM');
    const late = setTimeout(() => child.kill('SIGKILL'), PATIENCE);
    await exited;
    clearTimeout(late);
  };
  try {
    return { url: await Promise.race([ready, failed]), [Symbol.asyncDispose]: stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Port 0 means something else to Redis, so the system is asked for a free one. */
async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** The server that this repository's tests use. */
function findRedis(): string {
  const require = createRequire(import.meta.url);
  const root = dirname(require.resolve('latchkey/package.json'));
  const { systemBinary } = require(join(root, 'tools/redis-server.cjs')) as { systemBinary?: string };
  if (systemBinary === undefined)
    throw new Error('there is no redis-server: run "node tools/redis-server.cjs"');
  return systemBinary;
}
