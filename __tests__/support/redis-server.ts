import { createClient } from 'redis';
import { RedisMemoryServer } from 'redis-memory-server';

/** A server of a test's own, on 127.0.0.1, with nothing in it and nothing on disk. */
export interface RedisServer {
  readonly port: number;
  readonly url: string;
  /** For a test that stops or kills it. */
  readonly pid: number;
  /** A new connected client of node-redis 6, as an application has it; closed by {@link RedisServer.stop}, if not before. */
  client(options?: ClientOptions): Promise<RedisClient>;
  /** Sends one command on a connection that all calls share, and returns the reply as RESP 2 has it. */
  command(...command: string[]): Promise<unknown>;
  /** Kills the server and closes what {@link RedisServer.client} gave out. A second call does nothing more. */
  stop(): Promise<void>;
}

type RedisClient = ReturnType<typeof createClient>;

interface ClientOptions {
  readonly username?: string;
  readonly password?: string;
  readonly database?: number;
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
export async function startRedis(...options: string[]): Promise<RedisServer> {
  const process = new RedisMemoryServer({ instance: { ip: '127.0.0.1', args: options } });
  const { port, childProcess } = await process.ensureInstance();
  const url = `redis://127.0.0.1:${port}`;
  const at = options.indexOf('--requirepass');
  const defaults: ClientOptions = at < 0 ? {} : { password: options[at + 1]! };
  const clients: Connectable[] = [];
  let shared: Promise<{ sendCommand(command: string[]): Promise<unknown> }> | undefined;
  let stopped: Promise<void> | undefined;

  async function connected<Client extends Connectable>(client: Client): Promise<Client> {
    client.on('error', () => undefined);
    clients.push(client);
    await client.connect();
    return client;
  }

  async function stop(): Promise<void> {
    for (const client of clients) if (client.isOpen) client.destroy();
    // At once, also while it is stopped or busy with a script: there is nothing to save.
    childProcess!.kill('SIGKILL');
    await process.stop();
    running.delete(server);
  }

  const server: RedisServer = {
    port,
    url,
    pid: childProcess!.pid!,
    client: (options) => connected(createClient({ ...defaults, ...options, url })),
    async command(...command) {
      shared ??= connected(createClient({ ...defaults, url, RESP: 2 }));
      return (await shared).sendCommand(command);
    },
    stop: () => (stopped ??= stop()),
  };
  running.add(server);
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
