import type { Section } from '../../src/context.js';
import type { ReleaseOutcome } from '../../src/core/claim.js';
import { enter as enterNesting } from '../../src/core/acquire.js';
import { now } from '../../src/core/clock.js';
import { Lease } from '../../src/core/lease.js';
import type { Grant, Inner } from '../../src/core/request.js';
import type { Waiter } from '../../src/core/waiter.js';
import { HeldLock } from '../../src/held-lock.js';
import { deferred } from './deferred.js';
import { KEYS, request, scriptedEngine, TTL } from './engine.js';

/** A lock whose grant the test makes, and what is asked of that grant. */
export function heldLock({
  maxHold = Infinity,
  maxTtl,
  outer,
  grant: change = {},
}: { maxHold?: number; maxTtl?: number; outer?: Section; grant?: Partial<Grant> } = {}) {
  const world = scriptedEngine();
  const { engine, environment, lines, told } = world;
  /** What happens, in its order. */
  const order: string[] = [];
  const lease = new Lease(environment.clock, now(environment.clock), TTL);
  const answer = deferred<ReleaseOutcome>();
  const extensions: number[] = [];
  const grant: Grant = {
    lease,
    fencingToken: 7,
    waited: 3,
    extend: async (ttl) => (extensions.push(ttl), 'extended'),
    release: () => (order.push('given back'), answer.promise),
    detach: () => (order.push('left'), 'token'.padEnd(27, '_')),
    contain: undefined,
    ...change,
  };
  const onward: [Section | undefined, Waiter][] = [];
  const owner = {};
  const holding = {
    ttl: TTL,
    maxTtl,
    maxHold,
    owner,
    lockKey: KEYS.lock,
    onward: (...where: [Section | undefined, Waiter]) => void onward.push(where),
    onOver: () => void order.push('over'),
  };
  const { site } = request();
  const lock = new HeldLock(engine, lines, site, grant, holding, outer);
  for (const name of ['lost', 'released'] as const) engine.events.on(name, () => order.push(name));
  /** Lets something work inside, under the same lock. */
  const enter = (name: string): Promise<Inner> => {
    const inner: Inner = { lose: (reason) => void order.push(`${name} ${reason}`) };
    const where = lock.nesting;
    return enterNesting(world.engine, where, request()).then((granted) => {
      granted.contain?.(inner);
      return inner;
    });
  };
  const heard = (name: string): unknown[] => told.filter(([each]) => each === name).map(([, event]) => event);
  return { ...world, lock, lease, order, answer, extensions, grant, onward, owner, site, enter, heard };
}
