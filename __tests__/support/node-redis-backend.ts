import { nodeRedis, type NodeRedisClient } from '../../src/index.js';
import type { AdapterBackend } from '../contracts/adapter-contract.js';
import { startRedis } from './redis-server.js';
import { storeOf } from './redis-store.js';

/** What the tests need of a client besides what the adapter needs. */
export interface ConnectableClient extends NodeRedisClient {
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): void;
}

/** How a client of the version and the settings under test is made. */
export type MakeClient = (options: {
  url: string;
  username?: string;
  password?: string;
}) => ConnectableClient;

/** A real server, which the adapter reaches through the clients that `make` makes. */
export async function nodeRedisBackend(make: MakeClient): Promise<AdapterBackend> {
  const server = await startRedis();
  const { command, url } = server;
  const connections: Pick<ConnectableClient, 'isOpen' | 'destroy'>[] = [];

  function client(options: { username?: string; password?: string } = {}): ConnectableClient {
    const made = make({ url, ...options });
    made.on('error', () => undefined);
    const duplicate = made.duplicate.bind(made);
    // A failing test may leave one behind, which would look for its server for ever.
    made.duplicate = () => {
      const copy = duplicate();
      connections.push(copy);
      return copy;
    };
    connections.push(made);
    return made;
  }

  function closeAll(): void {
    for (const connection of connections.splice(0)) if (connection.isOpen) connection.destroy();
  }

  return {
    server,
    async open(user) {
      const opened = client(user);
      await opened.connect();
      return nodeRedis(opened);
    },
    async openClosed() {
      const closed = client();
      await closed.connect();
      closed.destroy();
      return [nodeRedis(client()), nodeRedis(closed)];
    },
    ...storeOf(server),
    async clear() {
      closeAll();
      await command('FLUSHALL');
    },
    async stop() {
      closeAll();
      await server.stop();
    },
  };
}
