import type { Adapter } from '../../src/index.js';
import { toRedisKeys } from '../../src/keys.js';
import type { RedisCluster } from './redis-cluster.js';
import { acquire, release } from './scripts.js';

/** Takes locks at once, and expects them on the masters of their keys, of which there are several, and back again. */
export async function expectOnMasters(cluster: RedisCluster, adapter: Adapter): Promise<void> {
  const names = Array.from({ length: 30 }, (_, i) => `key${i}`);
  const grants = await Promise.all(names.map((name) => acquire(adapter, { keys: toRedisKeys('', name) })));
  expect(grants.filter(({ granted }) => !granted)).toEqual([]);
  const served = await Promise.all(names.map((name) => cluster.masterOf(name)));
  expect(new Set(served).size).toBe(3);
  for (const [i, name] of names.entries()) expect(await cluster.command(served[i]!, 'EXISTS', name)).toBe(1);
  for (const name of names) expect(await release(adapter, { keys: toRedisKeys('', name) })).toBe('released');
}
