import type { Adapter } from '../../src/index.js';
import type { Call } from '../../src/kinds/kind.js';
import { mutex } from '../../src/kinds/mutex.js';
import { mutexSteps } from '../../src/scripts/generated.js';

/** The same adapter, with every step in a joined call, in which another step comes before it and one behind it. */
export function joined(adapter: Adapter): Adapter {
  const other = (name: string): Call<unknown> =>
    mutex.release({
      keys: { lock: name, fence: `${name}'s fence`, queue: `${name}'s queue`, waiters: `${name}'s waiters` },
      token: 'nobody',
    });
  return {
    ...adapter,
    async run(script, keys, args) {
      if (script === mutexSteps) return adapter.run(script, keys, args);
      const call = { script, keys, args } as Call<unknown>;
      const all = mutex.join([other('before'), call, other('behind')]);
      const replies = all.read(await adapter.run(all.script, all.keys, all.args));
      // Where rights are missing, they end with an error, too, which is nobody's but theirs.
      for (const neighbour of [replies[0], replies[2]]) {
        expect(typeof neighbour === 'string' ? [0] : neighbour).toEqual([0]);
      }
      if (typeof replies[1] === 'string') throw new Error(replies[1]);
      return replies[1];
    },
  };
}
