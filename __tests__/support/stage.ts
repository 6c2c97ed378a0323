import { createClient } from 'redis';

import {
  type Adapter,
  isLockError,
  type Locker,
  type LockerOptions,
  nodeRedis,
  type NodeRedisClient,
} from '../../src/index.js';
import { rejection } from './deferred.js';
import { Exhibits, PASSWORD } from './exhibits.js';
import { type RedisServer, startRedis } from './redis-server.js';

/** What the scenes need of a client. */
type Client = NodeRedisClient & { destroy(): void };

/** Where things go wrong before witnesses: a server with a password, and lockers of which all is looked at. */
export interface Stage {
  server(): RedisServer;
  exhibits(): Exhibits;
  /** A client that has the password, connecting or connected. */
  client(options?: object): Client;
  locker(adapter?: Adapter, options?: LockerOptions): Locker;
  /** The code of the error that a call ends with, and its reason. */
  failureOf(call: PromiseLike<unknown>): Promise<string>;
  /** Does something after the test. */
  afterwards(task: () => unknown): void;
}

/** Registers what has to be done before and after each test of a file. */
export function stage(): Stage {
  let server: RedisServer;
  let exhibits: Exhibits;
  const tasks: (() => unknown)[] = [];

  beforeAll(async () => {
    server = await startRedis('--requirepass', PASSWORD);
  });
  beforeEach(async () => {
    exhibits = new Exhibits();
    await server.command('FLUSHALL');
  });
  afterEach(async () => {
    for (const task of tasks.splice(0).reverse()) await task();
    exhibits.close();
  });

  const client: Stage['client'] = (options) => {
    const made = createClient({ url: server.url, password: PASSWORD, ...options });
    made.on('error', () => undefined);
    tasks.push(() => {
      if (made.isOpen) made.destroy();
    });
    made.connect().catch(() => undefined);
    return made;
  };

  return {
    server: () => server,
    exhibits: () => exhibits,
    client,
    locker(adapter = nodeRedis(client()), options = {}) {
      const made = exhibits.locker(adapter, { ttl: 1_000, commandTimeout: 200, ...options });
      tasks.push(() => made.close({ grace: 0 }));
      return made;
    },
    async failureOf(call) {
      const error = exhibits.add('error', await rejection(call));
      if (!isLockError(error)) return (error as Error).name;
      return 'reason' in error ? `${error.code} ${error.reason}` : error.code;
    },
    afterwards: (task) => void tasks.push(task),
  };
}
