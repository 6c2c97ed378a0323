import type { Adapter } from '../adapters/adapter.js';
import type { Kind } from '../kinds/kind.js';
import type { Cleanup } from './cleanup.js';
import type { Closing } from './closing.js';
import type { Environment } from './environment.js';
import type { Events } from './events.js';

/** One locker's machinery: what every acquire and release works with. */
export interface Engine {
  readonly environment: Environment;
  readonly adapter: Adapter;
  readonly kind: Kind;
  readonly events: Events;
  readonly cleanup: Cleanup;
  /** Begins when the locker closes: waiters stop waiting. */
  readonly closing: Closing;
}
