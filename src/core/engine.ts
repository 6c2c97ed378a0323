import type { Kind } from '../kinds/kind.js';
import type { Carrier } from './carrier.js';
import type { Cleanup } from './cleanup.js';
import type { Closing } from './closing.js';
import type { Environment } from './environment.js';
import type { Events } from './events.js';
import type { Inbox } from './inbox.js';

/** One locker's machinery: what every acquire and release works with. */
export interface Engine {
  readonly environment: Environment;
  readonly carrier: Carrier;
  readonly kind: Kind;
  readonly events: Events;
  readonly cleanup: Cleanup;
  /** Which locks one script can take together: any, those of one hash slot, or none. */
  readonly together: 'any' | 'one slot' | 'none';
  /** Where it hears that a lock has become its own. */
  readonly inbox: Inbox;
  /** Begins when the locker closes: waiters stop waiting. */
  readonly closing: Closing;
}
