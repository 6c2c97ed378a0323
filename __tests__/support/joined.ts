import type { Adapter } from '../../src/index.js';
import type { Call } from '../../src/kinds/kind.js';
import { mutex } from '../../src/kinds/mutex.js';
import { mutexSteps } from '../../src/scripts/generated.js';
import { send } from './scripts.js';

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
      const nonce = args.at(-1);
      const call = { script, keys, args: args.slice(0, -1) } as unknown as Call<unknown>;
      const all = mutex.join([other('before'), call, other('behind')]);
      const replies = all.read(await send(adapter, all));
      // Where rights are missing, they end with an error, too, which is nobody's but theirs.
      for (const neighbour of [replies[0], replies[2]]) {
        expect(typeof neighbour === 'string' ? [0] : neighbour).toEqual([0]);
      }
      if (typeof replies[1] === 'string') throw new Error(replies[1]);
      return [nonce, replies[1]];
    },
  };
}
