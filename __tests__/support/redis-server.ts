import { mkdtempSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { createClient } from 'redis';
import { RedisMemoryServer } from 'redis-memory-server';

import { ADMIN, limited, limitingOptions, unwatch, watch } from './least-rights.js';

/** A server of a test's own, on 127.0.0.1, with nothing in it and nothing on disk. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** For a test that stops or kills it; another one after {@link RedisServer.start}. */
  readonly pid: number;
  /** A new connected client of node-redis 6, as an application has it; closed by {@link RedisServer.stop}, if not before. */
  client(options?: ClientOptions): Promise<RedisClient>;
  /** The same for what a test itself does on the server, which may be anything. */
  admin(): Promise<RedisClient>;
  /** Sends one command on a connection that all calls share, and returns the reply as RESP 2 has it. */
  command(...command: string[]): Promise<unknown>;
  /** Kills the server with all that it has in memory. Its clients stay open and look for it. */
  kill(): Promise<void>;
  /**
   * Starts it again on its port, after {@link RedisServer.kill}; resolves when it serves, which is after it has loaded what
   * lies on disk.
   *
   * @param options - instead of those it had before
   */
  start(...options: string[]): Promise<void>;
  /** Lets the process stand still, with its connections open, until {@link RedisServer.thaw}. */
  freeze(): void;
  thaw(): void;
  /** Kills the server and closes what {@link RedisServer.client} gave out. A second call does nothing more. */
  stop(): Promise<void>;
}

type RedisClient = ReturnType<typeof createClient>;

interface ClientOptions {
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
  /** How long it waits between two attempts to connect again, in ms; false makes none. Default: what node-redis does. */
  readonly reconnectDelay?: number | false;
}

const running = new Set<RedisServer>();

// Registered by the import: whatever a test file starts is stopped at its end.
afterAll(async () => {
  await Promise.all([...running].map((server) => server.stop()));
});

/**
 * Starts a server in about 50 ms.
 *
 * @param options - further options of redis-server; its clients know a password that is given here:
 *   `'--requirepass', 'secret'`
 */
export function startRedis(...options: string[]): Promise<RedisServer> {
  return startRedisIn({}, ...options);
}

/**
 * Starts one that has more than this process in its environment.
 *
 * @param env - also of those that are started in its place later
 */
export async function startRedisIn(
  env: Readonly<Record<string, string>>,
  ...options: string[]
): Promise<RedisServer> {
  const at = options.indexOf('--requirepass');
  const password = at < 0 ? undefined : options[at + 1]!;
  const limits = limited ? limitingOptions(password) : [];
  // A replica writes what it copies there, and whatever lies there is loaded at the start.
  const folder = mkdtempSync(join(tmpdir(), 'latchkey-redis-'));
  const args = (own: string[]): string[] => ['--dir', folder, ...own, ...limits];
  const instance = { ip: '127.0.0.1', args: args(options) };
  const memory = new RedisMemoryServer({ instance, spawn: { env: { ...process.env, ...env } } });
  const { port, childProcess } = await memory.ensureInstance();
  let child = childProcess!;
  const url = `redis://127.0.0.1:${port}`;
  const defaults: ClientOptions = password === undefined ? {} : { password };
  const own: ClientOptions = limited ? ADMIN : defaults;
  const clients: Connectable[] = [];
  let shared: Promise<{ sendCommand(command: string[]): Promise<unknown> }> | undefined;
  let stopped: Promise<void> | undefined;

  async function connected<Client extends Connectable>(client: Client): Promise<Client> {
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  }

  async function kill(): Promise<void> {
    // At once, also while it is stopped or busy with a script: there is nothing to save.
    child.kill('SIGKILL');
    await memory.stop();
  }

  async function start(...own: string[]): Promise<void> {
    // A server that was stopped is started on the port that it had.
    instance.args = args(own);
    ({ childProcess: child = child } = await memory.ensureInstance());
  }

  async function stop(): Promise<void> {
    if (limited) await unwatch(server);
    for (const client of clients) if (client.isOpen) client.destroy();
    await kill();
    await rm(folder, { recursive: true, force: true });
    running.delete(server);
  }

  const server: RedisServer = {
    port,
    url,
    get pid() {
      return child.pid!;
    },
    client({ reconnectDelay, ...options } = {}) {
      const socket = reconnectDelay === undefined ? {} : { reconnectStrategy: reconnectDelay };
      return connected(createClient({ ...defaults, ...options, url, socket }));
    },
    admin: () => connected(createClient({ ...own, url })),
    async command(...command) {
      // Back soon after the server is: a test that restarts it asks what is there then.
      const socket = { reconnectStrategy: 20 };
      shared ??= connected(createClient({ ...own, url, RESP: 2, socket }));
      return (await shared).sendCommand(command);
    },
    kill,
    start,
    freeze: () => void child.kill('SIGSTOP'),
    thaw: () => void child.kill('SIGCONT'),
    stop: () => (stopped ??= stop()),
  };
  running.add(server);
  if (limited) await watch(server, password);
  return server;
}

/**
 * One server for all tests of a file, started before the first of them and empty before each.
 *
 * @returns how a test gets it
 */
export function sharedRedis(): () => RedisServer {
  let server: RedisServer;
  beforeAll(async () => {
    server = await startRedis();
  });
  beforeEach(() => server.command('FLUSHALL'));
  return () => server;
}

interface Connectable {
  readonly isOpen: boolean;
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}
