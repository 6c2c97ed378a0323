import { Cleanup } from '../../src/core/cleanup.js';
import { Closing } from '../../src/core/closing.js';
import type { AcquireRequest } from '../../src/core/acquire.js';
import { EVENT_NAMES, Events, type LockEvents } from '../../src/core/events.js';
import { mutex } from '../../src/kinds/mutex.js';
import { ScriptedAdapter } from './scripted-adapter.js';
import { VirtualEnvironment } from './virtual-environment.js';

/** An engine in a world that the test makes, and a list of what it tells. */
export function scriptedEngine() {
  const environment = new VirtualEnvironment();
  const adapter = new ScriptedAdapter();
  const events = new Events();
  const told: [keyof LockEvents, LockEvents[keyof LockEvents]][] = [];
  for (const name of EVENT_NAMES) {
    events.on(name, (event) => told.push([name, event]));
  }
  const engine = {
    environment,
    adapter,
    kind: mutex,
    events,
    cleanup: new Cleanup(),
    closing: new Closing(),
  };
  return { engine, environment, adapter, told };
}

export const TTL = 1_000;

/** A request for the key `k`, of which a test changes what it is about. */
export function request(change: Partial<AcquireRequest> = {}): AcquireRequest {
  return {
    site: { key: 'k', name: 'Test.run' },
    tenure: { key: 'lock:k', token: 'T'.repeat(27), ttl: TTL, who: 'host/1 Test.run' },
    commandTimeout: 250,
    timeout: 5_000,
    minValidity: 500,
    signal: undefined,
    ...change,
  };
}
