/** Lists whose locks have to be extended before the body begins. */
import { EngineLocker } from '../src/create-locker.js';
import { memory } from '../src/index.js';
import { rejection } from './support/deferred.js';
import { keysIn } from './support/keys-left.js';
import { settle, VirtualEnvironment } from './support/virtual-environment.js';

/** A program that stands still for so long when it has got the list. */
function world(stall: number) {
  const environment = new VirtualEnvironment();
  const adapter = memory({ now: () => environment.wall });
  const locker = new EngineLocker(adapter, { ttl: 1_000, timeout: 300 }, environment);
  const refused: unknown[] = [];
  locker.on('refused', ({ error }) => refused.push(error));
  locker.on('granted', ({ key }) => {
    if (key === 'b') environment.stall(stall);
  });
  return { environment, adapter, locker, refused };
}

it('a list whose time is over by the clock alone is refused, once, and given back', async () => {
  const { adapter, locker, refused } = world(600);
  const error = await rejection(locker.acquire(['a', 'b']));
  expect(error).toMatchObject({ code: 'LOCK_BACKEND', waited: 600 });
  expect(refused).toEqual([error]);
  await settle();
  expect(keysIn(adapter)).toEqual([]);
});

it('a list whose caller has gone meanwhile is refused, once, and given back', async () => {
  const { adapter, locker, refused } = world(600);
  const abort = new AbortController();
  locker.on('granted', () => abort.abort('gone'));
  const error = await rejection(locker.acquire(['a', 'b'], { signal: abort.signal, timeout: 5_000 }));
  expect(error).toBe('gone');
  expect(refused).toEqual(['gone']);
  await settle();
  expect(keysIn(adapter)).toEqual([]);
});

it('a list with time left is extended', async () => {
  const { locker, refused } = world(600);
  const lock = await locker.acquire(['a', 'b'], { timeout: 5_000 });
  expect(lock.remaining).toBeGreaterThan(900);
  expect(refused).toEqual([]);
  await lock.release();
});
