import * as fc from 'fast-check';

import type { RedisServer } from '../support/redis-server.js';
import { AHEAD, type Command, command, FAR_AHEAD, shortestTtl } from '../support/twin-commands.js';
import { play, STEP } from '../support/twin-play.js';
import { memoryWorld, type World } from '../support/worlds.js';

/** What has come of all lists. */
export interface Played {
  /** Replies, one a line, in words that are the same in every world. */
  readonly replies: string;
  /** How many messages there were. */
  readonly told: number;
}

/**
 * Plays lists of commands on a real server and in memory.
 *
 * @throws {Error} when the two differ in what they answer, tell or leave behind
 */
export async function compareWorlds(
  server: RedisServer,
  real: World,
  settings: fc.Parameters<[Command[]]>,
): Promise<Played> {
  const seen = new Set<string>();
  let told = 0;
  const property = fc.asyncProperty(
    fc.array(command, { minLength: 2, maxLength: 40, size: 'max' }),
    async (commands) => {
      await server.command('FLUSHALL');
      // What a list that failed has left behind is no failure of the next one.
      await real.heard();
      const started = performance.now();
      const wanted = await play(real, commands);
      const elapsed = performance.now() - started;
      const got = await play(await memoryWorld(), commands);
      // On a machine too busy to send the commands before a ttl is over, the list says nothing.
      fc.pre(wanted.longest < shortestTtl(commands) - 5);

      expect(got.story).toEqual(wanted.story);
      // In memory, time passes only in the pauses; a server has lost at most what really passed, and rounds to 1 ms.
      const paused = STEP * commands.filter((step) => step.do === 'let time pass').length;
      got.left.forEach((left, i) => {
        expect(left - wanted.left[i]!).toBeGreaterThanOrEqual(-1);
        expect(left - wanted.left[i]!).toBeLessThanOrEqual(elapsed - paused + 1);
      });
      for (const part of wanted.story.slice(0, -1) as unknown[][]) {
        for (const reply of part.slice(0, -1)) seen.add(JSON.stringify(reply));
        if (part[0] === 'all' || part[0] === 'none') seen.add(JSON.stringify(part));
      }
      told += (wanted.story.at(-1) as unknown[]).length;
    },
  );
  await fc.assert(property, { examples: FAR_AHEAD.map((commands) => [commands]), ...settings });
  return { replies: [...seen].join('\n'), told };
}

/** What a real server answers in lists that get far: without any, the others are no proof. */
export const FAR: readonly RegExp[] = [
  /^\[1\]$/m,
  /^\[0\]$/m,
  /^"BADFENCE"$/m,
  /^"WRONGTYPE"$/m,
  /^\["granted","fence of now \+ 0","1 reserved"\]$/m,
  new RegExp(`^\\["granted","fence ${AHEAD + 1}"`, 'm'),
  /^\["busy","for some ms","since host\/1 Class\.method","number"\]$/m,
  /^\["busy","for ever","","number"\]$/m,
  /^\["all","fence of now \+ 0","fence of now \+ 0"\]$/m,
  /^\["none","busy at 0","for some ms","since host\/1 Class\.method"\]$/m,
  /^\["none","busy at 1",/m,
];
