import type { AnyNodeRedis } from '../../src/adapters/node-redis/shapes.js';
import type { LockerOptions } from '../../src/index.js';
import { nodeEnvironment } from '../../src/node-environment.js';
import { everything } from './everything.js';
import { WatchedLocker } from './watched-locker.js';

type Client = AnyNodeRedis & {
  readonly isOpen: boolean;
  on(event: 'error', listener: () => void): unknown;
  connect(): Promise<unknown>;
  destroy(): unknown;
};

/**
 * Lockers for one case, each on a client of its own. After it they are closed, and no token may show in what they have told.
 *
 * @param make - makes a client that is not connected
 */
export function useTopologyLockers(make: () => Client) {
  const opened: WatchedLocker<Client>[] = [];
  const tokens: string[] = [];
  const newToken = (): string => {
    const token = nodeEnvironment.newToken();
    tokens.push(token);
    return token;
  };

  afterEach(async () => {
    const lockers = opened.splice(0);
    await Promise.all(lockers.map(({ locker }) => locker.close({ grace: 0 })));
    await Promise.all(lockers.map(({ client }) => (client.isOpen ? client.destroy() : undefined)));
    const shown = lockers.flatMap(({ told }) => told.map(({ event }) => everything(event))).join('\n');
    expect(tokens.splice(0).filter((token) => shown.includes(token))).toEqual([]);
  });

  return async (options: LockerOptions = {}): Promise<WatchedLocker<Client>> => {
    const client = make();
    client.on('error', () => undefined);
    await client.connect();
    const watched = new WatchedLocker(client, options, newToken);
    opened.push(watched);
    return watched;
  };
}
