import { acquire as acquireIn } from '../../src/core/acquire.js';
import { Carrier } from '../../src/core/carrier.js';
import type { Claim } from '../../src/core/claim.js';
import { Cleanup } from '../../src/core/cleanup.js';
import { Closing } from '../../src/core/closing.js';
import { EVENT_NAMES, Events, type LockEvents } from '../../src/core/events.js';
import { Inbox } from '../../src/core/inbox.js';
import { Lines } from '../../src/core/lines.js';
import type { AcquireRequest, Grant } from '../../src/core/request.js';
import { Server } from '../../src/core/server.js';
import { toRedisKeys } from '../../src/keys.js';
import { mutex } from '../../src/kinds/mutex.js';
import { ScriptedAdapter } from './scripted-adapter.js';
import { VirtualEnvironment } from './virtual-environment.js';

/** An engine in a world that the test makes, and a list of what it tells. */
export function scriptedEngine({ maxWaiters = 1_000 } = {}) {
  const environment = new VirtualEnvironment();
  const adapter = new ScriptedAdapter();
  const events = new Events();
  const told: [keyof LockEvents, LockEvents[keyof LockEvents]][] = [];
  for (const name of EVENT_NAMES) {
    events.on(name, (event) => told.push([name, event]));
  }
  const engine = {
    environment,
    kind: mutex,
    servers: new Server(new Carrier(adapter, mutex, environment), environment),
    queues: true,
    confirms: false,
    events,
    cleanup: new Cleanup(),
    closing: new Closing(),
    together: 'any' as const,
    inbox: new Inbox(adapter, mutex, environment),
  };
  const lines = new Lines(engine, maxWaiters);
  const acquire = (change?: Partial<AcquireRequest>): Promise<Grant> =>
    acquireIn(engine, lines, request(change));
  return { engine, environment, adapter, told, lines, acquire };
}

export const TTL = 1_000;
export const KEYS = toRedisKeys('lock:', 'k');
/** The token that the virtual world gives out first for a lock; the one before it names the inbox. */
export const TOKEN = 'token-2'.padEnd(27, '_');

/** A request for the key `k`, of which a test changes what it is about. */
export function request(change: Partial<AcquireRequest> = {}): AcquireRequest {
  return {
    site: { key: 'k', name: 'Test.run' },
    keys: KEYS,
    ttl: TTL,
    commandTimeout: 250,
    timeout: 5_000,
    minValidity: 500,
    signal: undefined,
    extend: false,
    ...change,
  };
}

/** A claim to the key `k`. */
export function claim(): Claim {
  const { site, keys, ttl, commandTimeout } = request();
  return { site, commandTimeout, tenure: { keys, token: TOKEN, ttl, who: 'host/1 Test.run', sections: 1 } };
}
