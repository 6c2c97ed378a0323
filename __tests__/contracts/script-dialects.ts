import { createHash } from 'node:crypto';

import type { Adapter } from '../../src/index.js';
import { mutex } from '../../src/kinds/mutex.js';
import { KEYS, send, tenure } from '../support/scripts.js';
import type { UseBackend } from './adapter-contract.js';

/** Errors have a mark before their text, as in the protocol. */
const WITH_MARK =
  "local redis = {call = redis.call, pcall = redis.pcall, error_reply = function(text) return {err = '-' .. text} end}";

/** What is raised is a text, not a table. */
const AS_TEXT = `local redis = {pcall = redis.pcall, error_reply = redis.error_reply, call = function(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then
    error(reply.err, 0)
  end
  return reply
end}`;

/** The same adapter, whose scripts find a server that tells errors in another way than the one that tests start. */
function speaking(dialect: string, adapter: Adapter): Adapter {
  return {
    ...adapter,
    run(script, keys, args) {
      const source = `${dialect}\n${script.source}`;
      const sha1 = createHash('sha1').update(source).digest('hex');
      return adapter.run({ ...script, source, sha1 }, keys, args);
    },
  };
}

/** How scripts tell errors of servers that have other habits. */
export function dialectCases(use: UseBackend): void {
  it('tells the error of a step by its code, without a mark', async () => {
    const adapter = speaking(WITH_MARK, await use().open());
    await use().set(KEYS.fence, 'garbage');
    const joined = mutex.join([mutex.acquire(tenure(), undefined)]);
    expect(joined.read(await send(adapter, joined))).toEqual([expect.stringMatching(/^BADFENCE /)]);
  });

  it('raises what has kept it from taking several locks', async () => {
    await use().server!.command('ACL', 'SETUSER', 'user', 'reset', 'on', '>secret', '+@all', '-set', '~*');
    const adapter = speaking(AS_TEXT, await use().open({ username: 'user', password: 'secret' }));
    await expect(send(adapter, mutex.acquireAll([tenure()]))).rejects.toThrow(/^ERR (?:ERR The user|NOPERM)/);
  });
}
