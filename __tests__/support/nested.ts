import { enter } from '../../src/core/acquire.js';
import { Nesting } from '../../src/core/nesting.js';
import type { AcquireRequest, Grant, Inner } from '../../src/core/request.js';
import type { LossReason } from '../../src/errors.js';
import { request, scriptedEngine } from './engine.js';
import { GRANTED } from './scripted-adapter.js';

/** A section that has the lock `k`, and the calls from inside it for that lock. */
export async function section(limits: { maxWaiters?: number } = {}) {
  const world = scriptedEngine(limits);
  const asked = world.acquire();
  await (await world.adapter.next('mutex-acquire')).reply(GRANTED);
  const outer = await asked;
  /** Who has gone where one waits when the section is over. */
  const onward: string[] = [];
  /** Who is in, and who is refused, in the order in which it came to be. */
  const answered: string[] = [];
  const nesting = new Nesting(world.lines, outer, ({ request: { site } }) => void onward.push(site.name));
  const callOf = (where: Nesting, name: string, change: Partial<AcquireRequest> = {}): Promise<Grant> => {
    const called = enter(world.engine, where, request({ site: { key: 'k', name }, ...change }));
    called.then(
      () => answered.push(`${name} in`),
      () => answered.push(`${name} refused`),
    );
    return called;
  };
  const call = (name: string, change?: Partial<AcquireRequest>): Promise<Grant> =>
    callOf(nesting, name, change);
  const heard = (event: string): unknown[] =>
    world.told.filter(([name]) => name === event).map(([, what]) => what);
  return { ...world, outer, nesting, onward, answered, call, callOf, heard };
}

/** Somebody who works inside, and what it has been told. */
export function worker(): Inner & { losses: LossReason[] } {
  const losses: LossReason[] = [];
  return { losses, lose: (reason) => void losses.push(reason) };
}
