import type { Adapter } from '../../src/index.js';
import type { RedisServer } from '../support/redis-server.js';
import { errorCases } from './adapter-errors.js';
import { connectionCases, messageCases } from './adapter-messages.js';
import { scriptCacheCases, scriptCases } from './adapter-scripts.js';

/** A store under the adapter contract, and what another program can see and do there. */
export interface AdapterBackend {
  /** The adapter, on a client of its own. */
  open(user?: { username: string; password: string }): Promise<Adapter>;
  /** The same on a client that was never connected, and on one that was closed. */
  openClosed?(): Promise<Adapter[]>;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttl?: number): Promise<void>;
  /** Ms left; -1 without an expiry, -2 without the key. */
  ttl(key: string): Promise<number>;
  publish(channel: string, message: string): Promise<void>;
  clear(): Promise<void>;
  stop(): Promise<void>;
  /** The real server behind it, if there is one. */
  readonly server?: RedisServer;
}

/** What not every adapter's store has. */
export type Feature = 'script cache' | 'error replies' | 'connections';

/** How a group of cases gets its store: started before the first case and empty before each. */
export type UseBackend = () => AdapterBackend;

/**
 * What every adapter must do, whatever the client.
 *
 * @param lacks - features that the adapter's store does not have, each with the reason that the test run shows
 */
export function adapterContract(
  name: string,
  start: () => Promise<AdapterBackend>,
  lacks: Partial<Record<Feature, string>> = {},
): void {
  describe(`adapter contract: ${name}`, () => {
    let backend: AdapterBackend;
    const use: UseBackend = () => backend;

    beforeAll(async () => {
      backend = await start();
    });
    beforeEach(() => backend.clear());
    afterAll(() => backend.stop());

    scriptCases(use);
    messageCases(use);

    const featureCases: Record<Feature, (use: UseBackend) => void> = {
      'script cache': scriptCacheCases,
      'error replies': errorCases,
      connections: connectionCases,
    };
    for (const [feature, cases] of Object.entries(featureCases)) {
      const reason = lacks[feature as Feature];
      if (reason === undefined) describe(feature, () => cases(use));
      else it(`has no ${feature}: ${reason}`, () => expect(backend.server).toBeUndefined());
    }
  });
}
