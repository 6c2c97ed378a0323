import type { Adapter } from '../../src/index.js';
import type { LockKeys } from '../../src/kinds/kind.js';
import type { RedisServer } from '../support/redis-server.js';
import { errorCases } from './adapter-errors.js';
import { extendCases } from './adapter-extend.js';
import { fenceCases } from './adapter-fences.js';
import { joinedCases } from './adapter-joined.js';
import { connectionCases, messageCases } from './adapter-messages.js';
import { passingCases } from './adapter-passing.js';
import { passingErrorCases } from './adapter-passing-errors.js';
import { queueCases } from './adapter-queue.js';
import { scriptCacheCases } from './adapter-script-cache.js';
import { scriptCases } from './adapter-scripts.js';
import { overtakingCases, togetherCases } from './adapter-together.js';

/** A store under the adapter contract, and what another program can see and do there. */
export interface AdapterBackend {
  /** The adapter, on a client of its own. */
  open(user?: { username: string; password: string }): Promise<Adapter>;
  /** The same on two clients that do not connect by themselves: closed, or never connected. */
  openClosed?(): Promise<Adapter[]>;
  /** What tells that the server has refused a subscription; its own error when it is not said. */
  readonly refusal?: RegExp;
  get(key: string): Promise<string | null>;
  set(key: string, value: string, ttl?: number): Promise<void>;
  delete(key: string): Promise<void>;
  /** How many scripts the two steps of a section are; 2 when it is not said. */
  readonly scripts?: number;
  /** All keys that are there. */
  keys(): Promise<string[]>;
  /** Ms left; -1 without an expiry, -2 without the key. */
  ttl(key: string): Promise<number>;
  publish(channel: string, message: string): Promise<void>;
  /** Who waits for a lock, first come first, and what is noted of each. */
  waiting(keys: LockKeys): Promise<[token: string, note: string][]>;
  /** Puts somebody at the end of the queue, with a note of any kind. */
  enqueue(keys: LockKeys, token: string, note: string): Promise<void>;
  clear(): Promise<void>;
  stop(): Promise<void>;
  /** The real server behind it, if there is one. */
  readonly server?: RedisServer;
}

/** What not every adapter's store has. */
export type Feature = 'counted listeners' | 'joined steps' | 'script cache' | 'error replies' | 'connections';

/** How a group of cases gets its store: started before the first case and empty before each. */
export type UseBackend = () => AdapterBackend;

/** The part of {@link adapterContract} that hangs on how a client sends and reads, for clients that are set in another way. */
export function replyContract(name: string, start: () => Promise<AdapterBackend>): void {
  withBackend(`replies: ${name}`, start, (use) => {
    scriptCases(use);
    extendCases(use);
    joinedCases(use);
    messageCases(use);
  });
}

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
  withBackend(`adapter contract: ${name}`, start, (use) => {
    scriptCases(use);
    extendCases(use);
    fenceCases(use);
    queueCases(use);
    togetherCases(use);
    messageCases(use);

    const featureCases: Record<Feature, (use: UseBackend) => void> = {
      'counted listeners': (use) => {
        passingCases(use);
        overtakingCases(use);
      },
      'joined steps': joinedCases,
      'script cache': scriptCacheCases,
      'error replies': (use) => {
        errorCases(use);
        passingErrorCases(use);
      },
      connections: connectionCases,
    };
    for (const [feature, cases] of Object.entries(featureCases)) {
      const reason = lacks[feature as Feature];
      if (reason === undefined) describe(feature, () => cases(use));
      else it(`has no ${feature}: ${reason}`, () => expect(use().server).toBeUndefined());
    }
  });
}

function withBackend(
  title: string,
  start: () => Promise<AdapterBackend>,
  cases: (use: UseBackend) => void,
): void {
  describe(title, () => {
    let backend: AdapterBackend;

    beforeAll(async () => {
      backend = await start();
    });
    beforeEach(() => backend.clear());
    afterAll(() => backend.stop());

    cases(() => backend);
  });
}
