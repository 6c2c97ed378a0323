import { nodeRedis, type NodeRedisClient } from '../../src/index.js';
import type { AnyNodeRedis } from '../../src/adapters/node-redis/shapes.js';
import type { AdapterBackend } from '../contracts/adapter-contract.js';
import { startRedis } from './redis-server.js';
import { type Store, storeBackend, storeOf } from './store-backend.js';

/** What the tests need of a client besides what the adapter needs. */
export interface ConnectableClient extends NodeRedisClient {
  on(event: 'error' | 'reconnecting', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

export interface User {
  readonly username?: string;
  readonly password?: string;
}

/** How a client of the version and the settings under test is made. */
export type MakeClient = (options: User & { url: string }) => ConnectableClient;

/** A real server, which the adapter reaches through the clients that `make` makes. */
export async function nodeRedisBackend(make: MakeClient): Promise<AdapterBackend> {
  const server = await startRedis();
  return clientsBackend(storeOf(server), (user, keep) => {
    const made = make({ url: server.url, ...user });
    keepDuplicates(made, keep);
    return made;
  });
}

interface Closable {
  readonly isOpen: boolean;
  destroy(): unknown;
}

/** A failing test may leave one behind, which would look for its server for ever. */
export function keepDuplicates(client: ConnectableClient, keep: (copy: Closable) => void): void {
  const duplicate = client.duplicate.bind(client);
  client.duplicate = () => {
    const copy = duplicate();
    keep(copy);
    return copy;
  };
}

type Connectable = AnyNodeRedis &
  Closable & {
    on(event: 'error', listener: () => void): unknown;
    connect(): Promise<unknown>;
  };

/**
 * A store of any kind, which the adapter reaches through clients of any kind.
 *
 * @param make - makes a client that is not connected; what it keeps is closed with it
 * @param reused - whether a client is given out again when nobody has it any more, because it takes long to make one
 */
export function clientsBackend(
  store: Store,
  make: (user: User, keep: (connection: Closable) => void) => Connectable,
  reused = false,
): AdapterBackend {
  const connections: Closable[] = [];
  const clients = { given: [] as Connectable[], idle: [] as Connectable[] };
  const client = (user: User = {}): Connectable => {
    const made = make(user, (connection) => connections.push(connection));
    made.on('error', () => undefined);
    connections.push(made);
    return made;
  };
  const destroyAll = async (): Promise<void> => {
    await Promise.all(
      connections.splice(0).map((connection) => (connection.isOpen ? connection.destroy() : undefined)),
    );
  };
  const backend = storeBackend(store, {
    async open(user) {
      const idle = user === undefined ? clients.idle.pop() : undefined;
      const opened = idle ?? client(user);
      if (idle === undefined) await opened.connect();
      if (user === undefined) clients.given.push(opened);
      return nodeRedis(opened);
    },
    async openClosed() {
      const closed = client();
      await closed.connect();
      await closed.destroy();
      return [nodeRedis(client()), nodeRedis(closed)];
    },
    async closeAll() {
      const given = clients.given.splice(0);
      if (reused) clients.idle.push(...given.filter(({ isOpen }) => isOpen));
      else await destroyAll();
    },
  });
  return {
    ...backend,
    async stop() {
      // Also those that nobody has.
      await destroyAll();
      await backend.stop();
    },
  };
}
